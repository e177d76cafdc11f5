import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { act } from '@/api/records.ts';
import type { Import } from '@/api/types.ts';
import { confirm } from '@/kit/feedback/confirm.tsx';
import { describeError } from '@/kit/feedback/toast.tsx';
import table from '@/kit/plain-table.module.css';
import { recordLink } from '@/kit/record/links.ts';
import { Panel } from '@/kit/record/panel.tsx';
import { t } from '@/text/t.ts';
import { keptQuery, undoPreviewQuery } from './queries.ts';

/** Offers to take back what an import did, and tells before how much that is (IMP-05). */
export function UndoButton({ record }: { record: Import }) {
  const preview = useQuery(undoPreviewQuery(record.id)).data;
  if (!preview || preview.created + preview.updated === 0) return null;
  const { created, updated, kept } = preview;
  const ask = () =>
    confirm({
      help: 'import',
      title: t('imports.undo_title'),
      body: (
        <>
          <p>{t('imports.undo_body', { created, updated })}</p>
          {kept > 0 && <p>{t('imports.undo_kept', { count: kept })}</p>}
        </>
      ),
      verb: t('imports.undo'),
      danger: true,
      act: () => act('imports', record.id, 'undo'),
    });
  return (
    <Button variant="default" onClick={() => void ask()}>
      {t('imports.undo_ask')}
    </Button>
  );
}

/** What an undo left as it is, and why. */
export function Kept({ record }: { record: Import }) {
  const rows = useInfiniteQuery(keptQuery(record.id));
  const items = rows.data?.pages.flatMap((page) => page.items) ?? [];
  if (rows.error) return <p role="alert">{describeError(rows.error)}</p>;
  if (items.length === 0) return null;
  return (
    <Panel title={t('imports.kept')}>
      <div className={table.scroll}>
        <table className={table.table} aria-label={t('imports.kept')}>
          <thead>
            <tr>
              <th>{t('imports.row')}</th>
              <th>{t('imports.kept_why')}</th>
            </tr>
          </thead>
          <tbody>
            {items.map(({ line, title, object_id, errors }) => {
              const link = object_id ? recordLink(record.object, object_id) : undefined;
              return (
                <tr key={line}>
                  <td>{link ? <Link {...link}>{title}</Link> : title}</td>
                  <td>{errors.map(({ message }) => message).join(' ')}</td>
                </tr>
              );
            })}
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
