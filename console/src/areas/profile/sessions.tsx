import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '@/api/client.ts';
import { queryClient } from '@/api/query-client.ts';
import type { Answer } from '@/api/types.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import { attempt } from '@/kit/record/lifecycle.tsx';
import { Status } from '@/kit/status.tsx';
import { formatAgo } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import { sessionsQuery } from './queries.ts';
import classes from './sessions.module.css';

export function Sessions() {
  const { data = [] } = useQuery(sessionsQuery);
  const end = (id: string) =>
    attempt(async () => {
      await api.DELETE('/sessions/{id}', { params: { path: { id } } });
      await queryClient.invalidateQueries(sessionsQuery);
      toast(t('profile.ended'));
    });
  return (
    <>
      <p className="dim">{t('profile.sessions_lead')}</p>
      <SessionList sessions={data} end={end} />
    </>
  );
}

interface SessionListProps {
  sessions: Answer<'/sessions'>['items'];
  end: (id: string) => void;
}

export function SessionList({ sessions, end }: SessionListProps) {
  return (
    <ul className={classes.list}>
      {sessions.map(({ id, user_agent, address, last_seen_at, current }) => (
        <li key={id} className={classes.item}>
          <span>
            <strong>{browserOf(user_agent)}</strong>{' '}
            <span className="dim">
              <code className="mono">{address}</code>,{' '}
              {t('profile.last_seen', { when: formatAgo(last_seen_at) })}
            </span>
          </span>
          {current ? (
            <Status value="current" tone="info" label={t('profile.this_session')} />
          ) : (
            <Button size="compact-sm" variant="default" onClick={() => end(id)}>
              {t('profile.end')}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

/** The one word in the string of a browser that people know. */
function browserOf(agent: string): string {
  const found = ['Edg', 'Firefox', 'Chrome', 'Safari', 'curl'].find((name) => agent.includes(name));
  const system = ['Windows', 'Mac OS', 'Android', 'iPhone', 'Linux'].find((name) =>
    agent.includes(name),
  );
  const name = found === 'Edg' ? 'Edge' : found;
  return [name, system].filter(Boolean).join(' · ') || agent.slice(0, 60);
}
