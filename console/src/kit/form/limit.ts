import { limits } from '@/api/limits.ts';

/** What the API document says a field may hold. */
export interface Limit {
  required?: boolean;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  choices?: readonly string[];
  initial?: unknown;
}

const all = limits as Record<string, Record<string, Limit>>;

export const limitsFor = (input: string): Record<string, Limit> => all[input] ?? {};
