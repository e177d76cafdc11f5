import type { RecordOf } from '@/api/types.ts';

export type InheritedName = 'domains' | 'time_zone' | 'language' | 'currency';

/**
 * A setting in force, as text, and who set it when it is not the customer's own (TREE-02). The
 * document does not describe this part of the answer, so it is read without trust in its shape.
 */
export function inheritedOf(record: RecordOf<'customers'>, name: InheritedName) {
  const { value, from } = part(part(record, 'inherited'), name);
  const text = [value].flat().filter(Boolean).join(', ');
  if (!text) return null;
  const origin = part({ from }, 'from');
  return { text, from: origin.id === record.id ? null : String(origin.name ?? '') };
}

function part(whole: object, name: string): Record<string, unknown> {
  const found: unknown = (whole as Record<string, unknown>)[name];
  return found && typeof found === 'object' ? (found as Record<string, unknown>) : {};
}
