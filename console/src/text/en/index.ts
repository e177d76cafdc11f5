import { audit } from './audit.ts';
import { customers } from './customers.ts';
import { devices } from './devices.ts';
import { fields } from './fields.ts';
import { form } from './form.ts';
import { grid } from './grid.ts';
import { imports } from './imports.ts';
import { kit } from './kit.ts';
import { licences } from './licences.ts';
import { notifications } from './notifications.ts';
import { record } from './record.ts';
import { people } from './people.ts';
import { session } from './session.ts';
import { sso } from './sso.ts';
import { tree } from './tree.ts';
import { work } from './work.ts';

/** One file per area; names start with the area's. */
export const en = {
  ...kit,
  ...grid,
  ...form,
  ...fields,
  ...record,
  ...session,
  ...sso,
  ...customers,
  ...audit,
  ...tree,
  ...licences,
  ...devices,
  ...people,
  ...work,
  ...imports,
  ...notifications,
};
