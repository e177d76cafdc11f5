import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { firstRowsQuery } from '@/api/records.ts';
import type { Row } from '@/api/types.ts';
import { FormDrawer } from '@/kit/form/form-drawer.tsx';
import { FormLoader } from '@/kit/form/form-shell.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { Facts } from '@/kit/record/panel.tsx';
import { formatExact } from '@/text/format.ts';
import { t, tMaybe } from '@/text/t.ts';
import { EventDiff } from './event-diff.tsx';
import classes from './event-drawer.module.css';
import { EventSentence } from './event-line.tsx';

/** One event in full: who, when, from where, and what was before and after. */
export function EventDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, isPending, error } = useQuery({
    ...firstRowsQuery('audit_events', { ids: id }),
    staleTime: Infinity,
  });
  return (
    <FormDrawer help="audit" title={t('audit.event')} onClose={onClose}>
      <FormLoader loading={isPending} error={error} record={data?.items[0]}>
        {(event) => <EventBody event={event} />}
      </FormLoader>
    </FormDrawer>
  );
}

function EventBody({ event }: { event: Row<'audit_events'> }) {
  return (
    <div className={classes.root}>
      <p className={classes.sentence}>
        <EventSentence event={event} />
      </p>
      <EventDiff changes={event.changes} />
      <h3 className={classes.heading}>{t('audit.circumstances')}</h3>
      <Facts
        facts={[
          [t('audit.at'), formatExact(event.at)],
          [t('audit.source'), tMaybe(`source.${event.source}`, event.source)],
          [t('audit.reason'), event.reason],
          [
            t('audit.customer'),
            event.customer_id && (
              <Link {...recordLink('customers', event.customer_id)!}>
                {event.customer_name ?? event.customer_id}
              </Link>
            ),
          ],
          [t('audit.address'), event.address && <code className="mono">{event.address}</code>],
          [t('error.request'), <code className="mono">{event.request_id}</code>],
        ]}
      />
    </div>
  );
}
