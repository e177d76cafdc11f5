import { kit } from './kit.ts';
import { session } from './session.ts';
import { customers } from './customers.ts';

/** One file per area; names start with the area's. */
export const en = { ...kit, ...session, ...customers };
