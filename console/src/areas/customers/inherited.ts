import type { RecordOf } from '@/api/types.ts';
import { t } from '@/text/t.ts';

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
  const own = origin.type === 'customer';
  return { text, from: own ? null : String(origin.name ?? t('scope.provider')) };
}

function part(whole: object, name: string): Record<string, unknown> {
  const found: unknown = (whole as Record<string, unknown>)[name];
  return found && typeof found === 'object' ? (found as Record<string, unknown>) : {};
}
