import { useSession } from '@/api/session.ts';
import { useFormValues } from '@/kit/form/context.ts';
import { RecordField } from '@/kit/form/fields.tsx';
import { FieldRow } from '@/kit/form/form-shell.tsx';
import { t } from '@/text/t.ts';

/** Where in the tree the new customer goes (TREE-03): offered to those who have a choice. */
export function PlaceFields() {
  const { node } = useSession();
  const { values } = useFormValues();
  if (node.type === 'reseller' || node.type === 'customer') return null;
  const provider =
    String(values.provider_id ?? '') || (node.type === 'provider' && node.id) || undefined;
  return (
    <FieldRow>
      {node.type === 'platform' && (
        <RecordField name="provider_id" list="providers" placeholder={t('customers.house')} />
      )}
      <RecordField
        name="reseller_id"
        list="resellers"
        filter={{ provider_id: provider }}
        placeholder={t('customers.direct')}
      />
    </FieldRow>
  );
}
