import { useQuery } from '@tanstack/react-query';
import { recordQuery } from '@/api/records.ts';
import type { AnyRow } from '@/api/types.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import { RecordField, TextField } from '@/kit/form/fields.tsx';
import { FormDrawer } from '@/kit/form/form-drawer.tsx';
import { FormLoader, FormSection, FormShell } from '@/kit/form/form-shell.tsx';
import { useRecordForm } from '@/kit/form/use-record-form.ts';
import { t } from '@/text/t.ts';
import { BillingAddressFields } from './address-fields.tsx';

/** The pencil (DET-04): name, billing contact, billing address. */
export function QuickEdit({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, isPending, error } = useQuery(recordQuery('customers', id));
  return (
    <FormDrawer help="customers" title={t('customers.quick_edit')} onClose={onClose}>
      <FormLoader loading={isPending} error={error} record={data}>
        {(record) => <QuickEditForm record={record as unknown as AnyRow} onClose={onClose} />}
      </FormLoader>
    </FormDrawer>
  );
}

function QuickEditForm({ record, onClose }: { record: AnyRow; onClose: () => void }) {
  const form = useRecordForm({
    list: 'customers',
    record,
    onSaved: (row) => {
      toast(t('toast.saved', { name: String(row.name) }));
      onClose();
    },
  });
  return (
    <FormShell form={form} onCancel={onClose}>
      <TextField name="name" />
      <RecordField name="billing_contact_id" list="contacts" />
      <FormSection title={t('customers.billing_address')}>
        <BillingAddressFields />
      </FormSection>
    </FormShell>
  );
}
