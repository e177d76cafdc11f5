import { Page } from '@/kit/page/page.tsx';
import { AddButton } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';
import { UsersGrid } from './users-grid.tsx';

export function UsersPage() {
  const add = <AddButton name="user" label={t('users.add')} permission="users:create" />;
  return (
    <Page title={t('nav.users')} help="people" fill actions={add}>
      <UsersGrid bare />
    </Page>
  );
}
