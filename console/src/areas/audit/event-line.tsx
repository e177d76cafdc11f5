import { Link } from '@tanstack/react-router';
import type { Row } from '@/api/types.ts';
import { fieldLabel } from '@/kit/form/context.ts';
import { recordLink } from '@/kit/record/links.ts';
import { Instant } from '@/kit/value.tsx';
import { t, tMaybe } from '@/text/t.ts';
import classes from './event-line.module.css';

type Event = Row<'audit_events'>;

/** "Anna Berg changed Name, City of Bay Foods, 5 minutes ago". */
export function EventLine({ event, here }: { event: Event; here?: boolean }) {
  const fields = event.changes.slice(0, 3).map(({ field }) => fieldLabel(field));
  const more = event.changes.length - fields.length;
  return (
    <li className={classes.root}>
      <span className={classes.what}>
        <EventSentence event={event} here={here} />
        {event.action === 'update' && fields.length > 0 && (
          <span className="dim">
            {' '}
            {fields.join(', ')}
            {more > 0 && ` ${t('audit.more', { count: more })}`}
          </span>
        )}
        {event.reason && <span className={classes.reason}>{event.reason}</span>}
      </span>
      <span className={classes.when}>
        <Instant iso={event.at} />
      </span>
    </li>
  );
}

/** Who did what to what. What people do to themselves, such as logging in, is told of them alone. */
export function EventSentence({ event, here }: { event: Event; here?: boolean }) {
  const own = event.actor_id !== null && event.actor_id === event.object_id;
  return (
    <>
      <strong>{event.actor_name || t('audit.system')}</strong> {actionLabel(event.action)}
      {!here && !own && (
        <>
          {' '}
          <ObjectLink event={event} />
        </>
      )}
    </>
  );
}

export const actionLabel = (action: string) =>
  tMaybe(`audit.action.${action}`, action.replaceAll('_', ' '));

export function ObjectLink({ event }: { event: Event }) {
  const name = event.object_name || tMaybe(`type.${event.object_type}`, event.object_type);
  const link =
    event.action === 'purge' ? undefined : recordLink(event.object_type, event.object_id);
  return link ? <Link {...link}>{name}</Link> : <span>{name}</span>;
}
