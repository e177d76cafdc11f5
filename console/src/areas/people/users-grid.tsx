import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { AddButton } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';
import { useUserCommands } from './user-commands.tsx';
import { UserDialogs } from './user-dialogs.tsx';

interface UsersGridProps {
  fixed?: Record<string, string>;
  hide?: string[];
  bare?: boolean;
  /** Where a user added here will work. */
  nodeId?: string;
}

export function UsersGrid({ fixed, hide, bare, nodeId }: UsersGridProps) {
  const commands = useUserCommands();
  const add = <AddButton name="user" label={t('users.add')} permission="users:create" />;
  return (
    <>
      <DataGrid
        list="users"
        label={t('nav.users')}
        fixed={fixed}
        hide={hide}
        nameColumn="display_name"
        link={({ id }) => recordLink('users', id)!}
        commands={commands}
        empty={{ title: t('users.empty'), action: add }}
        actions={bare ? undefined : add}
      />
      <UserDialogs
        nodeId={nodeId ?? fixed?.customer_id ?? fixed?.reseller_id ?? fixed?.provider_id}
      />
    </>
  );
}
