import type { Row } from '@/api/types.ts';
import { fieldLabel } from '@/kit/form/context.ts';
import { formatInstant } from '@/text/format.ts';
import { t, tMaybe } from '@/text/t.ts';
import classes from './event-diff.module.css';

type Change = Row<'audit_events'>['changes'][number];

/** What changed, field by field, in words (AUD-05). */
export function EventDiff({ changes }: { changes: Change[] }) {
  if (changes.length === 0) return <p className="dim">{t('audit.no_fields')}</p>;
  return (
    <dl className={classes.root}>
      {changes.map(({ field, before, after }) => (
        <div key={field} className={classes.change}>
          <dt>{fieldLabel(field)}</dt>
          <dd>
            {!isNothing(before) && <del className={classes.before}>{readable(before)}</del>}
            {!isNothing(after) && <ins className={classes.after}>{readable(after)}</ins>}
            {isNothing(after) && <span className="dim">{t('audit.cleared')}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

const isNothing = (value: unknown) =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && !value.length);

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

export function readable(value: unknown): string {
  if (isNothing(value)) return t('value.none');
  if (typeof value === 'boolean') return t(value ? 'value.yes' : 'value.no');
  if (Array.isArray(value)) return value.map(readable).join(', ');
  if (typeof value === 'object') return JSON.stringify(value);
  const text = String(value);
  return instant.test(text) ? formatInstant(text) : tMaybe(`status.${text}`, text);
}
