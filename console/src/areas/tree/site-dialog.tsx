import { useFormValues } from '@/kit/form/context.ts';
import { ChoiceField, EnumField, RecordField, TextField } from '@/kit/form/fields.tsx';
import { FieldRow, FormSection } from '@/kit/form/form-shell.tsx';
import { useRecordCommands } from '@/kit/record/commands.ts';
import { RecordDialog } from '@/kit/record/record-dialog.tsx';
import { useOwnCustomer } from '@/api/session.ts';
import type { Row } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import { AddressFields } from '../customers/address-fields.tsx';

export const useSiteCommands = (onDeleted?: () => void | Promise<void>) =>
  useRecordCommands<Row<'sites'>>({
    list: 'sites',
    help: 'tree',
    dialog: 'site',
    nameOf: ({ name }) => name,
    archivable: true,
    onDeleted,
  });

export function SiteDialog({ initial }: { initial?: Record<string, string> }) {
  const given = { ...initial, customer_id: useOwnCustomer() ?? initial?.customer_id };
  return (
    <RecordDialog
      name="site"
      help="tree"
      list="sites"
      addTitle={t('sites.add')}
      editTitle={t('sites.edit')}
      initial={given}
      fields={(isNew) => <SiteFields isNew={isNew} customerIsGiven={Boolean(given.customer_id)} />}
    />
  );
}

function SiteFields({ isNew, customerIsGiven }: { isNew: boolean; customerIsGiven: boolean }) {
  const { values } = useFormValues();
  const own = useOwnCustomer();
  const customer = values.customer_id ? String(values.customer_id) : undefined;
  return (
    <>
      <TextField name="name" first />
      {isNew && !customerIsGiven && <RecordField name="customer_id" list="customers" />}
      {(customer || own) && (
        <RecordField
          name="tenant_id"
          list="tenants"
          filter={own ? {} : { customer_id: customer }}
          placeholder={t('sites.default_tenant')}
        />
      )}
      <FieldRow>
        <ChoiceField name="kind" />
        <ChoiceField name="status" />
      </FieldRow>
      <FieldRow>
        <TextField name="site_id" mono placeholder={t('sites.generated')} />
        <TextField name="external_id" mono />
      </FieldRow>
      <FormSection title={t('record.address')}>
        <AddressFields />
        <TextField name="region" />
        <FieldRow>
          <TextField name="latitude" placeholder="53.349805" />
          <TextField name="longitude" placeholder="-6.26031" />
        </FieldRow>
        <EnumField name="time_zone" values="time_zones" />
      </FormSection>
    </>
  );
}
