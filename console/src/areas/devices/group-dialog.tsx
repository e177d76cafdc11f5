import type { Row } from '@/api/types.ts';
import { RecordField, TextField } from '@/kit/form/fields.tsx';
import { useRecordCommands } from '@/kit/record/commands.ts';
import { RecordDialog } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';

export const useGroupCommands = (onDeleted?: () => void | Promise<void>) =>
  useRecordCommands<Row<'device_groups'>>({
    list: 'device_groups',
    permission: 'devices',
    help: 'licences',
    dialog: 'device_group',
    nameOf: ({ name }) => name,
    keeps: ({ is_default }) => (is_default ? t('device_groups.default_stays') : undefined),
    onDeleted,
  });

export const GroupDialog = ({ initial }: { initial?: Record<string, string> }) => (
  <RecordDialog
    name="device_group"
    help="licences"
    list="device_groups"
    addTitle={t('device_groups.add')}
    editTitle={t('device_groups.edit')}
    initial={initial}
    fields={(isNew) => (
      <>
        <TextField name="name" first />
        {isNew && !initial?.customer_id && (
          <RecordField name="customer_id" label={t('audit.customer')} list="customers" />
        )}
      </>
    )}
  />
);
