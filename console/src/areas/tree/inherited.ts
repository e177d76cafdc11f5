import type { Settings } from '@/api/types.ts';

/** The settings and policies that nodes inherit (TREE-02, TREE-06). */
export type SettingName = keyof Settings & string;

export interface Origin {
  type: string;
  /** Not told from inside a customer. */
  id?: string;
  name?: string;
}

export interface InForce {
  value: unknown;
  /** Null: the platform's default. */
  from: Origin | null;
}

/**
 * What holds at a record's node, and who set it. The document does not describe this part of a
 * view, so it is read without trust in its shape.
 */
export function inForce(record: object, name: SettingName): InForce | undefined {
  const found = (record as { inherited?: Partial<Record<SettingName, InForce>> }).inherited?.[name];
  return found && { value: found.value, from: found.from ?? null };
}
