import type { Row } from '@/api/types.ts';
import { EnumField, TextField } from '@/kit/form/fields.tsx';
import { FieldRow } from '@/kit/form/form-shell.tsx';
import { useRecordCommands } from '@/kit/record/commands.ts';
import { RecordDialog } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';

export const useContactCommands = (onDeleted?: () => void | Promise<void>) =>
  useRecordCommands<Row<'contacts'>>({
    list: 'contacts',
    help: 'people',
    dialog: 'contact',
    nameOf: ({ display_name }) => display_name,
    onDeleted,
  });

export function ContactDialog() {
  return (
    <RecordDialog
      name="contact"
      help="people"
      list="contacts"
      addTitle={t('contacts.add')}
      editTitle={t('contacts.edit')}
      nameOf={(row) => String(row.display_name)}
      fields={() => (
        <>
          <ContactFields />
          <FieldRow>
            <EnumField name="language" values="languages" />
            <EnumField name="time_zone" values="time_zones" />
          </FieldRow>
          <TextField name="notes" rows={3} />
        </>
      )}
    />
  );
}

/** What a person is reached by. */
export function ContactFields() {
  return (
    <>
      <FieldRow>
        <TextField name="first_name" first />
        <TextField name="last_name" />
      </FieldRow>
      <TextField name="email" type="email" />
      <FieldRow>
        <TextField name="phone" type="tel" />
        <TextField name="mobile" type="tel" />
      </FieldRow>
      <TextField name="job_title" />
    </>
  );
}
