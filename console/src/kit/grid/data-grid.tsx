import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { LinkProps } from '@tanstack/react-router';
import { useMemo, useRef, useState, type ReactNode } from 'react';
import { usePreference } from '@/api/preferences.ts';
import { columnsQuery, listQuery } from '@/api/records.ts';
import type { AnyRow, Column, ListName, Row } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import type { Command } from '../commands.tsx';
import { ErrorPage } from '../page/error-page.tsx';
import { visibleColumns, type GridLook } from './columns.ts';
import classes from './data-grid.module.css';
import { FilterChips } from './filter-chips.tsx';
import { GridEmpty } from './grid-empty.tsx';
import { GridFooter } from './grid-footer.tsx';
import { GridTable } from './grid-table.tsx';
import { GridToolbar } from './grid-toolbar.tsx';
import { useGridKeys } from './use-grid-keys.ts';
import { useGridSearch } from './use-grid-search.ts';

export interface GridProps<N extends ListName> {
  list: N;
  /** What the rows are called, for the search box and for screen readers. */
  label: string;
  /** Filters that the page sets and the user cannot take away (the tab of one customer). */
  fixed?: Record<string, string>;
  /** Columns that would repeat what the page says already. */
  hide?: string[];
  sort?: string;
  archivable?: boolean;
  /** Cells that need more than their value. */
  cells?: Partial<Record<string, (row: Row<N>) => ReactNode>>;
  /** The page of a row: the cell of `nameColumn` links there. */
  link?: (row: Row<N>) => LinkProps;
  nameColumn?: string;
  /** Opens a row that has no page of its own. */
  open?: (row: Row<N>) => void;
  commands?: (row: Row<N>) => Command[];
  /** Shown when there are no rows at all: what to do next. */
  empty?: { title: string; lead?: string; action?: ReactNode };
  /** Rows change on their own (jobs): milliseconds between looks. */
  refreshEvery?: number;
  actions?: ReactNode;
}

/** The one grid of every list: the server says what its columns are and does the work. */
export function DataGrid<N extends ListName>(props: GridProps<N>) {
  const { list, fixed, hide = [] } = props;
  const search = useGridSearch(fixed, props.sort);
  const columns = useQuery(columnsQuery(list));
  const [look, lookReady, changeLook] = usePreference<GridLook>(`grid.${list}`, {});
  const rows = useInfiniteQuery({
    ...listQuery(list, search.query),
    placeholderData: (previous) => previous,
    refetchInterval: props.refreshEvery,
  });
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [beyond, setBeyond] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  useGridKeys(box, () => setSelected(new Set()));

  const hidden = [...hide, ...Object.keys(fixed ?? {})].join(',');
  const visible = useMemo(
    () => visibleColumns(columns.data ?? [], search.columns, look, hidden.split(',')),
    [columns.data, search.columns, look, hidden],
  );
  const items = useMemo(
    () => (rows.data?.pages.flatMap((page) => page.items) ?? []) as unknown as AnyRow[],
    [rows.data],
  );

  const error = columns.error ?? (rows.data ? null : rows.error);
  if (error) return <ErrorPage error={error} />;
  const all = (columns.data ?? []).filter(({ name }) => !hidden.split(',').includes(name));
  const setColumns = (names: string[] | undefined) => {
    changeLook({ columns: names });
    search.setColumns(names);
  };
  const ready = Boolean(columns.data && rows.data && lookReady);
  const page = rows.data?.pages[0]?.page;

  return (
    <section
      className={classes.root}
      ref={box}
      aria-label={props.label}
      aria-busy={rows.isFetching}
      data-density={look.density ?? 'comfortable'}
    >
      <GridToolbar
        list={list}
        label={props.label}
        all={all}
        visible={visible}
        search={search}
        look={look}
        onLook={changeLook}
        onColumns={setColumns}
        archivable={props.archivable}
        selected={selected}
        onClearSelection={() => setSelected(new Set())}
        fetching={rows.isFetching}
        onRefresh={() => void rows.refetch()}
        actions={props.actions}
      />
      <FilterChips all={all} search={search} />
      <GridTable
        ready={ready}
        stale={rows.isPlaceholderData}
        columns={visible}
        rows={items}
        hasMore={rows.hasNextPage}
        onMore={() => {
          if (!rows.isFetching) void rows.fetchNextPage();
        }}
        search={search}
        look={look}
        onWidths={(widths) => changeLook({ widths: { ...look.widths, ...widths } })}
        onOrder={setColumns}
        nameColumn={props.nameColumn ?? 'name'}
        // The rows are the list's rows: only the grid's inside has forgotten which list it is.
        {...(props as unknown as Pick<GridProps<never>, never> & RowParts)}
        selected={selected}
        onSelect={setSelected}
        onBeyond={setBeyond}
      />
      {ready && items.length === 0 && (
        <GridEmpty narrowed={search.narrowed} onClear={search.clear} empty={props.empty} />
      )}
      <GridFooter
        list={list}
        search={search}
        shown={items.length}
        page={page}
        ready={ready}
        beyond={beyond}
        onBeyond={() =>
          box.current
            ?.querySelector('table')
            ?.parentElement?.scrollBy({ left: 400, behavior: 'smooth' })
        }
      />
      <output className={classes.live} aria-live="polite">
        {ready && !rows.isFetching ? t('grid.live', { count: items.length }) : ''}
      </output>
    </section>
  );
}

/** What a page gives for its rows, without the list's type. */
export interface RowParts {
  label: string;
  cells?: Partial<Record<string, (row: AnyRow) => ReactNode>>;
  link?: (row: AnyRow) => LinkProps;
  open?: (row: AnyRow) => void;
  commands?: (row: AnyRow) => Command[];
}

export type { Column };
