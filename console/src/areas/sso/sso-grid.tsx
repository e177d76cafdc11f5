import { IconPlugConnected } from '@tabler/icons-react';
import { useCan } from '@/api/session.ts';
import type { Row } from '@/api/types.ts';
import { useDialog } from '@/kit/dialog.ts';
import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { useRecordCommands } from '@/kit/record/commands.ts';
import { AddButton } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';
import { SsoDialogs } from './sso-dialogs.tsx';

/** Where a provider's own staff log in. */
export function SsoGrid({ providerId }: { providerId: string }) {
  const can = useCan();
  const dialog = useDialog();
  const commands = useRecordCommands<Row<'sso_providers'>>({
    list: 'sso_providers',
    permission: 'settings',
    help: 'single_sign_on',
    dialog: 'sso',
    nameOf: ({ name }) => name,
    more: ({ id }) => [
      {
        label: t('sso.test'),
        icon: IconPlugConnected,
        run: () => dialog.open('sso.test', id),
      },
    ],
  });
  const add = <AddButton name="sso" label={t('sso.add')} permission="settings:create" />;
  return (
    <>
      <DataGrid
        list="sso_providers"
        label={t('sso.title')}
        fixed={{ provider_id: providerId }}
        hide={['provider_id']}
        nameColumn="name"
        open={({ id }) => dialog.open(can('settings:update') ? 'sso.edit' : 'sso.test', id)}
        commands={commands}
        empty={{ title: t('sso.empty'), lead: t('sso.empty_lead'), action: add }}
        actions={add}
      />
      <SsoDialogs providerId={providerId} />
    </>
  );
}
