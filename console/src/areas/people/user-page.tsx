import { ActionIcon, Button, Group, Select, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconX } from '@tabler/icons-react';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { createRecord, deleteRecord, firstRowsQuery } from '@/api/records.ts';
import { useCan } from '@/api/session.ts';
import type { RecordOf } from '@/api/types.ts';
import { recordLink } from '@/kit/record/links.ts';
import { attempt } from '@/kit/record/lifecycle.tsx';
import { Facts, Panel, Panels } from '@/kit/record/panel.tsx';
import { RecordPage } from '@/kit/record/record-page.tsx';
import { Status } from '@/kit/status.tsx';
import { Instant, languageName } from '@/kit/value.tsx';
import { t } from '@/text/t.ts';
import { Activity } from '../audit/activity.tsx';
import { historyGroup } from '../audit/history-group.tsx';
import { useUserCommands } from './user-commands.tsx';
import { UserDialogs } from './user-dialogs.tsx';

type User = RecordOf<'users'>;

export function UserPage() {
  const { id, tab } = useParams({ strict: false });
  const navigate = useNavigate();
  const commands = useUserCommands(() => void navigate({ to: '/users', search: {} }));
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
  const contact = user.contact_id ? recordLink('contacts', user.contact_id) : undefined;
  return (
    <Panels
      aside={
        <Panel title={t('users.activity')}>
          <Activity filter={{ actor_id: user.id }} />
        </Panel>
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
        <Grants user={user} />
      </Panel>
    </Panels>
  );
}

/** The roles that the account holds, and where. */
function Grants({ user }: { user: User }) {
  const can = useCan();
  const { data } = useQuery(firstRowsQuery('grants', { user_id: user.id, limit: 50 }));
  const may = can('users:update');
  return (
    <Stack gap={8}>
      {data?.items.length === 0 && <span className="dim">{t('users.no_grants')}</span>}
      {data?.items.map(({ id, role_name, node_name }) => (
        <Group key={id} gap={8} wrap="nowrap">
          <strong>{role_name}</strong>
          <span className="dim">{node_name}</span>
          {may && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size={24}
              ml="auto"
              aria-label={t('users.remove_grant', { name: role_name })}
              onClick={() => attempt(() => deleteRecord('grants', id, 0))}
            >
              <IconX size={14} />
            </ActionIcon>
          )}
        </Group>
      ))}
      {may && <AddGrant user={user} />}
    </Stack>
  );
}

function AddGrant({ user }: { user: User }) {
  const roles = useQuery(firstRowsQuery('roles', { limit: 100 })).data?.items ?? [];
  const [role, setRole] = useState<string | null>(null);
  const body = { user_id: user.id, role_id: role, node_id: user.node_id };
  return (
    <Group gap={8} wrap="nowrap">
      <Select
        flex={1}
        aria-label={t('field.role_id')}
        placeholder={t('users.add_grant')}
        data={roles.map(({ id, name }) => ({ value: id, label: name }))}
        value={role}
        onChange={setRole}
      />
      <Button
        variant="default"
        disabled={!role}
        title={role ? undefined : t('users.choose_role')}
        onClick={() => attempt(() => createRecord('grants', body).then(() => setRole(null)))}
      >
        {t('record.add')}
      </Button>
    </Group>
  );
}
