import { IconBan, IconMailForward } from '@tabler/icons-react';
import { act } from '@/api/records.ts';
import { useCan } from '@/api/session.ts';
import type { Row } from '@/api/types.ts';
import { confirm } from '@/kit/feedback/confirm.tsx';
import { toast } from '@/kit/feedback/toast.tsx';
import type { Command } from '@/kit/commands.tsx';
import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { Page } from '@/kit/page/page.tsx';
import { attempt } from '@/kit/record/lifecycle.tsx';
import { AddButton } from '@/kit/record/record-dialog.tsx';
import { Status } from '@/kit/status.tsx';
import { t } from '@/text/t.ts';
import { NoServer } from '../mail/no-server.tsx';
import { InviteDialog } from './invite-dialog.tsx';

type Invitation = Row<'invitations'>;

/** Who was asked to come, and has come or not. */
export function InvitationsPage() {
  const commands = useInvitationCommands();
  const add = <AddButton name="invitation" label={t('users.invite')} permission="users:create" />;
  return (
    <Page
      title={t('invitations.title')}
      crumbs={[{ label: t('nav.users'), link: { to: '/users', search: {} } }]}
      help="people"
      fill
      actions={add}
    >
      <NoServer />
      <DataGrid
        list="invitations"
        label={t('invitations.title')}
        sort="-created_at"
        nameColumn="email"
        cells={{ state: (row) => <Status value={stateOf(row)} /> }}
        commands={commands}
        empty={{ title: t('invitations.empty'), lead: t('invitations.empty_lead'), action: add }}
      />
      <InviteDialog />
    </Page>
  );
}

/** A link that has run out is nothing to wait for. */
const stateOf = ({ state, expires_at }: Invitation) =>
  state === 'pending' && new Date(expires_at) < new Date() ? 'expired' : state;

function useInvitationCommands() {
  const can = useCan();
  return (row: Invitation): Command[] => {
    const over = row.state === 'pending' ? undefined : t('invitations.over');
    const commands: Command[] = [];
    if (can('users:create')) {
      commands.push({
        label: t('invitations.resend'),
        icon: IconMailForward,
        disabled: over,
        run: () =>
          attempt(async () => {
            await act('invitations', row.id, 'resend');
            toast(t('invitations.resent', { name: row.email }));
          }),
      });
    }
    if (can('users:update')) {
      commands.push({
        label: t('invitations.revoke'),
        icon: IconBan,
        danger: true,
        disabled: over,
        run: () => void revoke(row),
      });
    }
    return commands;
  };
}

const revoke = ({ id, email }: Invitation) =>
  confirm({
    help: 'people',
    title: t('invitations.revoke_title', { name: email }),
    body: t('invitations.revoke_body'),
    verb: t('invitations.revoke'),
    danger: true,
    audited: true,
    act: async ({ reason }) => {
      await act('invitations', id, 'revoke', undefined, reason);
      toast(t('invitations.revoked', { name: email }));
    },
  });
