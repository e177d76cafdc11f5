import { useSession } from '@/api/session.ts';
import type { Row } from '@/api/types.ts';
import { EnumField, ListField, RecordField, TextField } from '@/kit/form/fields.tsx';
import { FieldRow } from '@/kit/form/form-shell.tsx';
import { useRecordCommands } from '@/kit/record/commands.ts';
import { RecordDialog } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';

export const useResellerCommands = (onDeleted?: () => void | Promise<void>) =>
  useRecordCommands<Row<'resellers'>>({
    list: 'resellers',
    help: 'tree',
    dialog: 'reseller',
    nameOf: ({ name }) => name,
    archivable: true,
    onDeleted,
  });

export function ResellerDialog({ initial }: { initial?: Record<string, string> }) {
  const { node } = useSession();
  const own = node.type === 'provider' ? { provider_id: node.id } : {};
  const given = { ...own, ...initial };
  return (
    <RecordDialog
      name="reseller"
      help="tree"
      list="resellers"
      addTitle={t('resellers.add')}
      editTitle={t('resellers.edit')}
      initial={given}
      fields={(isNew) => (
        <>
          <TextField name="name" first />
          <TextField name="code" mono description={t('resellers.code_hint')} />
          {isNew && !given.provider_id && <RecordField name="provider_id" list="providers" />}
          <ListField name="domains" />
          <FieldRow>
            <EnumField name="time_zone" values="time_zones" />
            <EnumField name="language" values="languages" />
          </FieldRow>
          <RecordField
            name="own_customer_id"
            list="customers"
            description={t('resellers.own_hint')}
          />
          <ListField name="accounting_emails" />
        </>
      )}
    />
  );
}
