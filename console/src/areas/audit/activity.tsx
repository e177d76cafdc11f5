import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { firstRowsQuery } from '@/api/records.ts';
import { useCan } from '@/api/session.ts';
import { describeError } from '@/kit/feedback/toast.tsx';
import { t } from '@/text/t.ts';
import classes from './event-line.module.css';
import { EventLine } from './event-line.tsx';

interface ActivityProps {
  filter?: Record<string, string>;
  /** The events are of what the page is about: its name needs no repeating. */
  here?: string;
}

/** The latest changes, in sentences. */
export function Activity({ filter = {}, here }: ActivityProps) {
  const can = useCan();
  const { data, error } = useQuery({
    // Logging in changes nothing, and happens more often than what does.
    ...firstRowsQuery('audit_events', { 'action.not': 'log_in', ...filter, sort: '-at', limit: 8 }),
    enabled: can('audit:read'),
  });
  if (!can('audit:read')) return <p className="dim">{t('audit.forbidden')}</p>;
  if (error) return <p role="alert">{describeError(error)}</p>;
  if (!data) return <Skeleton height={120} />;
  if (data.items.length === 0) return <p className="dim">{t('record.activity_none')}</p>;
  return (
    <ul className={classes.list}>
      {data.items.map((event) => (
        <EventLine key={event.id} event={event} here={event.object_id === here} />
      ))}
    </ul>
  );
}
