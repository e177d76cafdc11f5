import { useFormValues } from '@/kit/form/context.ts';
import { DateField, EnumField, NumberField, RecordField, TextField } from '@/kit/form/fields.tsx';
import { FieldRow } from '@/kit/form/form-shell.tsx';
import { t } from '@/text/t.ts';
import type { Block } from './blocks.ts';
import { BlockChanges } from './changes.tsx';

interface BlockFieldsProps {
  /** The block that is changed; without one it is a new one. */
  block?: Block;
  /** Whose it is, where that is no question. */
  customer: string | undefined;
}

export function BlockFields({ block, customer: given }: BlockFieldsProps) {
  const isNew = !block;
  const { values } = useFormValues();
  const customer = given ?? (values.customer_id ? String(values.customer_id) : undefined);
  return (
    <>
      {isNew && !given && (
        <RecordField name="customer_id" label={t('audit.customer')} list="customers" />
      )}
      {isNew && <RecordField name="product_id" list="products" filter={{ status: 'complete' }} />}
      {customer && (
        <RecordField
          name="tenant_id"
          list="tenants"
          filter={{ customer_id: customer }}
          placeholder={t('licences.global')}
          description={t('licences.global_hint')}
        />
      )}
      <NumberField name="licences" first />
      <FieldRow>
        <DateField name="order_date" description={t('blocks.today_hint')} />
        <DateField name="expiration_date" description={t('blocks.term_hint')} />
      </FieldRow>
      <FieldRow>
        <TextField name="sales_order" />
        <TextField name="po_number" />
      </FieldRow>
      <FieldRow>
        <TextField name="unit_price" placeholder="12.50" description={t('blocks.price_hint')} />
        <EnumField name="currency" values="currencies" placeholder={t('blocks.currency_hint')} />
      </FieldRow>
      <TextField name="note" />
      <BlockChanges block={block} />
    </>
  );
}
