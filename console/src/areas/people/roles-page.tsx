import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { Page } from '@/kit/page/page.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { AddButton } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';
import { useRoleCommands } from './role-commands.tsx';
import { RoleDialogs } from './role-dialogs.tsx';

export function RolesPage() {
  const commands = useRoleCommands();
  const add = <AddButton name="role" label={t('roles.add')} permission="roles:create" />;
  return (
    <Page title={t('nav.roles')} help="roles" fill actions={add}>
      <DataGrid
        list="roles"
        label={t('nav.roles')}
        nameColumn="full_name"
        link={({ id }) => recordLink('roles', id)!}
        commands={commands}
        empty={{ title: t('roles.empty'), action: add }}
      />
      <RoleDialogs />
    </Page>
  );
}
