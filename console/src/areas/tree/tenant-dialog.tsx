import { IconStar } from '@tabler/icons-react';
import { act } from '@/api/records.ts';
import { useOwnCustomer } from '@/api/session.ts';
import type { Row } from '@/api/types.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import { EnumField, RecordField, TextField } from '@/kit/form/fields.tsx';
import { useRecordCommands } from '@/kit/record/commands.ts';
import { attempt } from '@/kit/record/lifecycle.tsx';
import { RecordDialog } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';

export const useTenantCommands = (onDeleted?: () => void | Promise<void>) =>
  useRecordCommands<Row<'tenants'>>({
    list: 'tenants',
    help: 'tree',
    dialog: 'tenant',
    nameOf: ({ name }) => name,
    archivable: true,
    keeps: ({ is_default }) => (is_default ? t('tenants.default_stays') : undefined),
    onDeleted,
    more: ({ id, name, is_default, archived_at }) => [
      {
        label: t('tenants.make_default'),
        icon: IconStar,
        disabled: is_default
          ? t('tenants.is_default')
          : archived_at
            ? t('record.readonly')
            : undefined,
        run: () =>
          attempt(async () => {
            await act('tenants', id, 'make_default');
            toast(t('tenants.made_default', { name }));
          }),
      },
    ],
  });

export function TenantDialog({ initial }: { initial?: Record<string, string> }) {
  const given = { ...initial, customer_id: useOwnCustomer() ?? initial?.customer_id };
  return (
    <RecordDialog
      name="tenant"
      help="tree"
      list="tenants"
      addTitle={t('tenants.add')}
      editTitle={t('tenants.edit')}
      initial={given}
      fields={(isNew) => (
        <>
          <TextField name="name" first />
          {isNew && !given.customer_id && <RecordField name="customer_id" list="customers" />}
          <EnumField name="time_zone" values="time_zones" />
          <EnumField name="language" values="languages" />
        </>
      )}
    />
  );
}
