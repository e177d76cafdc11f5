import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ImportRow } from '@/api/types.ts';
import { describeError } from '@/kit/feedback/toast.tsx';
import { fieldLabel } from '@/kit/form/context.ts';
import table from '@/kit/plain-table.module.css';
import { recordLink } from '@/kit/record/links.ts';
import { Panel } from '@/kit/record/panel.tsx';
import { formatNumber } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import { EventDiff } from '../audit/event-diff.tsx';
import classes from './import-rows.module.css';
import { importRowsQuery, type Outcome } from './queries.ts';

interface ImportRowsProps {
  id: string;
  object: string;
  outcome: Outcome;
}

/** The rows of one outcome: where in the file, and what about them. */
export function ImportRows({ id, object, outcome }: ImportRowsProps) {
  const rows = useInfiniteQuery(importRowsQuery(id, outcome));
  const items = rows.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Panel title={t(`imports.outcome.${outcome}`)}>
      {rows.error && <p role="alert">{describeError(rows.error)}</p>}
      <div className={table.scroll}>
        <table className={table.table} aria-label={t(`imports.outcome.${outcome}`)}>
          <thead>
            <tr>
              <th className={classes.line}>{t('imports.line')}</th>
              <th className={classes.title}>{t('imports.row')}</th>
              <th>{t(detailHeading(outcome))}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((row) => (
              <tr key={row.line}>
                <td className="numbers dim">{formatNumber(row.line)}</td>
                <td>
                  <RowTitle row={row} object={object} />
                </td>
                <td>
                  <RowDetail row={row} outcome={outcome} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.hasNextPage && (
        <Button
          variant="default"
          mt={12}
          loading={rows.isFetchingNextPage}
          onClick={() => void rows.fetchNextPage()}
        >
          {t('imports.more_rows')}
        </Button>
      )}
    </Panel>
  );
}

function detailHeading(outcome: Outcome) {
  if (outcome === 'refused') return 'imports.reasons';
  return outcome === 'cleaned' ? 'imports.cleaned' : 'imports.changes';
}

function RowTitle({ row, object }: { row: ImportRow; object: string }) {
  const link = row.object_id ? recordLink(object, row.object_id) : undefined;
  const title = row.title || t('value.none');
  return link ? <Link {...link}>{title}</Link> : title;
}

function RowDetail({ row, outcome }: { row: ImportRow; outcome: Outcome }) {
  if (outcome === 'refused') {
    return (
      <ul className={classes.list}>
        {row.errors.map(({ column, value, message }) => (
          <li key={`${column}${message}`}>
            <strong>{fieldLabel(column)}</strong>
            {value && <code className="mono">{value}</code>} {message}
          </li>
        ))}
      </ul>
    );
  }
  if (outcome === 'cleaned') {
    return (
      <ul className={classes.list}>
        {row.cleaned.map(({ column, what }) => (
          <li key={`${column}${what}`}>
            <strong>{fieldLabel(column)}</strong> {what}
          </li>
        ))}
      </ul>
    );
  }
  if (row.changes.length === 0) return <span className="dim">{t('imports.no_changes')}</span>;
  return <EventDiff changes={row.changes} />;
}
