import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useCan, useOwnCustomer } from '@/api/session.ts';
import type { RecordOf } from '@/api/types.ts';
import { recordLink } from '@/kit/record/links.ts';
import { Facts, Panel, Panels } from '@/kit/record/panel.tsx';
import { RecordPage } from '@/kit/record/record-page.tsx';
import { Status } from '@/kit/status.tsx';
import { Instant, languageName } from '@/kit/value.tsx';
import { t } from '@/text/t.ts';
import { Activity } from '../audit/activity.tsx';
import { historyGroup } from '../audit/history-group.tsx';
import { useUserCommands } from './user-commands.tsx';
import { UserDialogs } from './user-dialogs.tsx';
import { UserGrants } from './user-grants.tsx';
import { UserSessions } from './user-sessions.tsx';

type User = RecordOf<'users'>;

export function UserPage() {
  const { id, tab } = useParams({ strict: false });
  const navigate = useNavigate();
  const commands = useUserCommands(() => navigate({ to: '/users', search: {} }));
  const label = t('record.overview');
  return (
    <>
      <RecordPage
        list="users"
        id={id!}
        tab={tab}
        help="people"
        title={({ display_name, email }) => display_name || email}
        crumbs={() => [{ label: t('nav.users'), link: { to: '/users', search: {} } }]}
        badges={({ status }) => <Status value={status} />}
        commands={commands}
        groups={(user) => [
          { label, tabs: [{ name: '', label, content: () => <Overview user={user} /> }] },
          historyGroup(user.id),
        ]}
      />
      <UserDialogs />
    </>
  );
}

function Overview({ user }: { user: User }) {
  const can = useCan();
  const own = useOwnCustomer();
  const contact = user.contact_id ? recordLink('contacts', user.contact_id) : undefined;
  return (
    <Panels
      aside={
        // Inside a customer events are not found by who did them (ACC-10).
        !own && (
          <Panel title={t('users.activity')}>
            <Activity filter={{ actor_id: user.id }} />
          </Panel>
        )
      }
    >
      <Panel title={t('record.details')}>
        <Facts
          facts={[
            [t('field.email'), <a href={`mailto:${user.email}`}>{user.email}</a>],
            [t('field.contact_id'), contact && <Link {...contact}>{t('users.contact')}</Link>],
            [t('field.language'), languageName(user.language)],
            [t('field.time_zone'), user.time_zone],
            [t('field.second_factor'), t(user.second_factor ? 'value.yes' : 'value.no')],
            [
              t('users.last_login'),
              user.last_login_at ? <Instant iso={user.last_login_at} /> : t('users.never'),
            ],
            [t('field.created_at'), <Instant iso={user.created_at} />],
          ]}
        />
      </Panel>
      <Panel title={t('users.grants')}>
        <UserGrants user={user} />
      </Panel>
      {can('users:update') && <UserSessions user={user} />}
    </Panels>
  );
}
