import { UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { firstRowsQuery } from '@/api/records.ts';
import type { ListName, ListPage } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import classes from './data-grid.module.css';
import type { GridSearch } from './use-grid-search.ts';

interface GridFooterProps {
  list: ListName;
  search: GridSearch;
  shown: number;
  page: ListPage<unknown>['page'] | undefined;
  ready: boolean;
  /** Columns that the window is too narrow for. */
  beyond: number;
  onBeyond: () => void;
}

/** How many there are: exact as far as that is cheap, "10,000+" beyond, exact on request. */
export function GridFooter({ list, search, shown, page, ready, ...right }: GridFooterProps) {
  const exact = useQuery({
    ...firstRowsQuery(list, { ...search.query, limit: 1, count: 'exact' }),
    enabled: false,
  });
  if (!ready || !page) return <div className={classes.footer}>{t('grid.loading')}</div>;
  const exactCount = exact.data?.page.count;
  const capped = page.count_is_exact === false && exactCount === undefined;
  const count = exactCount ?? page.count ?? shown;
  return (
    <div className={classes.footer}>
      <span className="numbers">
        {t(capped ? 'grid.count_capped' : 'grid.count', { shown, count })}
      </span>
      {capped && (
        <UnstyledButton
          className={classes.link}
          onClick={() => void exact.refetch()}
          disabled={exact.isFetching}
        >
          {exact.isFetching ? t('grid.counting') : t('grid.count_exactly')}
        </UnstyledButton>
      )}
      {right.beyond > 0 && (
        <UnstyledButton className={`${classes.link} ${classes.beyond}`} onClick={right.onBeyond}>
          {t('grid.more_right', { count: right.beyond })} →
        </UnstyledButton>
      )}
    </div>
  );
}
