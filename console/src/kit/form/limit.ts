import { limits } from '@/api/limits.ts';
import type { RecordName } from '@/api/types.ts';

/** What the API document says a field may hold. */
export interface Limit {
  required?: boolean;
  nullable?: boolean;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  choices?: readonly string[];
  initial?: unknown;
}
export type Limits = Record<string, Limit>;

const all = limits as Record<string, { create?: Limits; update?: Limits }>;

/** The fields that can be sent when a record of the list is added, or changed. */
export const limitsOf = (list: RecordName, isNew: boolean): Limits =>
  all[list]?.[isNew ? 'create' : 'update'] ?? {};
