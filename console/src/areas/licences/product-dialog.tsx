import { ChoiceField, TextField } from '@/kit/form/fields.tsx';
import { FieldRow, FormSection } from '@/kit/form/form-shell.tsx';
import { useRecordCommands } from '@/kit/record/commands.ts';
import { RecordDialog } from '@/kit/record/record-dialog.tsx';
import type { Row } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import { FeaturesField } from './features-field.tsx';

export const useProductCommands = (onDeleted?: () => void | Promise<void>) =>
  useRecordCommands<Row<'products'>>({
    list: 'products',
    help: 'licences',
    dialog: 'product',
    nameOf: ({ name }) => name,
    onDeleted,
  });

export const ProductDialog = () => (
  <RecordDialog
    name="product"
    help="licences"
    list="products"
    addTitle={t('products.add')}
    editTitle={t('products.edit')}
    fields={() => (
      <>
        <TextField name="name" first />
        <TextField name="code" mono />
        <FieldRow>
          <ChoiceField name="kind" />
          <ChoiceField name="status" />
        </FieldRow>
        <TextField name="description" rows={2} />
        <FormSection title={t('features.title')} lead={t('features.lead')}>
          <FeaturesField />
        </FormSection>
      </>
    )}
  />
);
