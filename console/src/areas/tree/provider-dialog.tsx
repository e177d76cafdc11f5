import type { Row } from '@/api/types.ts';
import { ChoiceField, EnumField, ListField, TextField } from '@/kit/form/fields.tsx';
import { FieldRow, FormSection } from '@/kit/form/form-shell.tsx';
import { useRecordCommands } from '@/kit/record/commands.ts';
import { RecordDialog } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';

export const useProviderCommands = (onDeleted?: () => void | Promise<void>) =>
  useRecordCommands<Row<'providers'>>({
    list: 'providers',
    help: 'tree',
    dialog: 'provider',
    nameOf: ({ name }) => name,
    keeps: ({ is_house }) => (is_house ? t('providers.house_stays') : undefined),
    onDeleted,
  });

export function ProviderDialog() {
  return (
    <RecordDialog
      name="provider"
      help="tree"
      list="providers"
      addTitle={t('providers.add')}
      editTitle={t('providers.edit')}
      fields={(isNew) => (
        <>
          <TextField name="name" first />
          <TextField name="code" mono description={t('providers.code_hint')} />
          {!isNew && <ChoiceField name="status" />}
          <ListField name="domains" />
          <FieldRow>
            <EnumField name="time_zone" values="time_zones" required />
            <EnumField name="language" values="languages" required />
          </FieldRow>
          <FieldRow>
            <EnumField name="currency" values="currencies" required />
            <EnumField name="country" values="countries" />
          </FieldRow>
          <ListField name="accounting_emails" />
          <FormSection title={t('providers.branding')}>
            <TextField name="branding_sender" description={t('providers.sender_hint')} />
            <FieldRow>
              <TextField name="reply_to" type="email" description={t('providers.reply_hint')} />
              <TextField name="branding_colour" mono placeholder="#3f66d0" />
            </FieldRow>
            <FieldRow>
              <TextField name="support_email" type="email" />
              <TextField name="support_phone" />
            </FieldRow>
          </FormSection>
        </>
      )}
    />
  );
}
