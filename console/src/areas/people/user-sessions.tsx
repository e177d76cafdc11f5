import { Button } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { api } from '@/api/client.ts';
import { changed } from '@/api/records.ts';
import type { RecordOf } from '@/api/types.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import { attempt } from '@/kit/record/lifecycle.tsx';
import { Panel } from '@/kit/record/panel.tsx';
import { t } from '@/text/t.ts';
import { SessionList } from '../profile/sessions.tsx';

const userSessionsQuery = (id: string) =>
  queryOptions({
    queryKey: ['users', 'sessions', id],
    queryFn: async ({ signal }) =>
      (await api.GET('/users/{id}/sessions', { params: { path: { id } }, signal })).data!.items,
    // Whoever holds more than the reader keeps theirs to themselves.
    retry: false,
  });

/** Where the user is logged in, for those who administer the account (ACC-04). */
export function UserSessions({ user: { id } }: { user: RecordOf<'users'> }) {
  const { data } = useQuery(userSessionsQuery(id));
  if (!data) return null;
  const end = (session_id: string) =>
    attempt(async () => {
      const path = { id, session_id };
      await api.DELETE('/users/{id}/sessions/{session_id}', { params: { path } });
      await changed();
      toast(t('profile.ended'));
    });
  const endAll = () =>
    attempt(async () => {
      await api.DELETE('/users/{id}/sessions', { params: { path: { id } } });
      await changed();
      toast(t('users.all_ended'));
    });
  return (
    <Panel
      title={t('users.sessions')}
      action={
        data.length > 1 && (
          <Button size="compact-sm" variant="default" onClick={endAll}>
            {t('users.end_all')}
          </Button>
        )
      }
    >
      {data.length === 0 && <span className="dim">{t('users.no_sessions')}</span>}
      <SessionList sessions={data} end={end} />
    </Panel>
  );
}
