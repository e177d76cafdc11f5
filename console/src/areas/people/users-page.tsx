import { Button } from '@mantine/core';
import { IconMail } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { firstRowsQuery } from '@/api/records.ts';
import { useCan } from '@/api/session.ts';
import { useDialog } from '@/kit/dialog.ts';
import { Page } from '@/kit/page/page.tsx';
import { AddButton } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';
import { InviteDialog } from './invite-dialog.tsx';
import { UsersGrid } from './users-grid.tsx';

const pendingQuery = firstRowsQuery('invitations', { state: 'pending', limit: 1, count: 'exact' });

export function UsersPage() {
  const pending = useQuery(pendingQuery).data?.page.count ?? 0;
  const add = (
    <>
      <Button
        variant="default"
        renderRoot={(props) => <Link {...props} to="/invitations" search={{}} />}
      >
        {t('invitations.pending', { count: pending })}
      </Button>
      <InviteButton />
      <AddButton name="user" label={t('users.add')} permission="users:create" />
    </>
  );
  return (
    <Page title={t('nav.users')} help="people" fill actions={add}>
      <UsersGrid bare />
      <InviteDialog />
    </Page>
  );
}

function InviteButton() {
  const can = useCan();
  const dialog = useDialog();
  if (!can('users:create')) return null;
  return (
    <Button
      variant="default"
      leftSection={<IconMail size={16} />}
      onClick={() => dialog.open('invitation.add')}
    >
      {t('users.invite')}
    </Button>
  );
}
