import { Button, Select } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { FormLimits, FormValues, useFormValues, type Values } from '@/kit/form/context.ts';
import { DateField, EnumField, NumberField, RecordField, TextField } from '@/kit/form/fields.tsx';
import { FieldRow } from '@/kit/form/form-shell.tsx';
import { limitsOf } from '@/kit/form/limit.ts';
import type { Section } from '@/kit/form/sectioned-form.tsx';
import { t } from '@/text/t.ts';
import { useOnlyProduct } from '../licences/blocks.ts';
import classes from './first-blocks.module.css';

/** Blocks that are sold together with the customer: all of it is saved or nothing (CUS-02, LIC-04). */
export const firstBlocksSection = (): Section => ({
  id: 'blocks',
  title: t('blocks.table'),
  lead: t('customers.section.blocks_lead'),
  fields: ['blocks'],
  content: <FirstBlocks />,
});

const limits = limitsOf('licence_blocks', true);

function FirstBlocks() {
  const form = useFormValues();
  const only = useOnlyProduct();
  const blocks = (form.values.blocks ?? []) as Values[];
  const put = (all: Values[]) => form.setFieldValue('blocks', all);
  return (
    <>
      {blocks.map((block, n) => (
        <FirstBlock
          // They have no other name than their place.
          // oxlint-disable-next-line react/no-array-index-key -- see above
          key={n}
          n={n}
          block={block}
          onChange={(change) =>
            put(blocks.map((it, place) => (place === n ? { ...it, ...change } : it)))
          }
          onRemove={() => put(blocks.filter((_, place) => place !== n))}
        />
      ))}
      <div className={classes.add}>
        <Button
          variant="default"
          leftSection={<IconPlus size={16} />}
          onClick={() => put([...blocks, { product_id: only ?? null, licences: null }])}
        >
          {t('blocks.add')}
        </Button>
      </div>
    </>
  );
}

interface FirstBlockProps {
  n: number;
  block: Values;
  onChange: (change: Values) => void;
  onRemove: () => void;
}

/** The fields of one block: those of every block's form, whose values lie in the customer's. */
function FirstBlock({ n, block, onChange, onRemove }: FirstBlockProps) {
  const form = useFormValues();
  const prefix = `blocks.${n}.`;
  const errors = Object.entries(form.errors)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, error]) => [name.slice(prefix.length), error]);
  const own = {
    ...form,
    values: block,
    errors: Object.fromEntries(errors) as typeof form.errors,
    setFieldValue: (name: string, value: unknown) => onChange({ [name]: value }),
    clearFieldError: (name: string) => form.clearFieldError(prefix + name),
  } as typeof form;
  return (
    <fieldset className={classes.block} data-field={`blocks.${n}`}>
      <legend>{t('customers.block', { number: n + 1 })}</legend>
      <FormValues form={own}>
        <FormLimits value={limits}>
          <FieldRow>
            <RecordField name="product_id" list="products" filter={{ status: 'complete' }} />
            <Select
              label={t('field.tenant_id')}
              data={[
                { value: 'global', label: t('licences.global') },
                { value: 'default', label: t('customers.default_tenant') },
              ]}
              allowDeselect={false}
              value={block.for_default_tenant ? 'default' : 'global'}
              onChange={(value) => onChange({ for_default_tenant: value === 'default' })}
            />
            <NumberField name="licences" />
          </FieldRow>
          <FieldRow>
            <DateField name="order_date" description={t('blocks.today_hint')} />
            <DateField name="expiration_date" description={t('blocks.term_hint')} />
          </FieldRow>
          <FieldRow>
            <TextField name="sales_order" />
            <TextField name="po_number" />
            <TextField name="unit_price" placeholder="12.50" />
            <EnumField name="currency" values="currencies" />
          </FieldRow>
        </FormLimits>
      </FormValues>
      <div className={classes.remove}>
        <Button
          variant="subtle"
          color="red"
          size="compact-sm"
          leftSection={<IconTrash size={15} />}
          onClick={onRemove}
        >
          {t('customers.block_remove', { number: n + 1 })}
        </Button>
      </div>
    </fieldset>
  );
}
