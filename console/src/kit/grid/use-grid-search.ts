import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import type { Search } from '../search.ts';
import {
  apiQuery,
  nextSort,
  readFilters,
  readSort,
  writeFilters,
  writeSort,
  type Archived,
  type Filter,
} from './grammar.ts';

/** What the grid shows is in the address; this reads and writes it. */
export function useGridSearch(fixed: Record<string, string> | undefined, defaultSort?: string) {
  const search = useSearch({ strict: false });
  const navigate = useNavigate();
  const change = useCallback(
    (update: (search: Search) => Search) =>
      // Replacing keeps "back" for pages: it must not undo a search letter by letter.
      void navigate({ to: '.', search: update, replace: true }),
    [navigate],
  );
  return useMemo(() => {
    const sort = readSort(search.sort ?? defaultSort);
    const filters = readFilters(search);
    return {
      q: search.q ?? '',
      sort,
      filters,
      archived: (search.archived ?? 'no') as Archived,
      columns: search.columns?.split(',').filter(Boolean),
      query: { ...apiQuery(search), sort: writeSort(sort) ?? '', ...fixed },
      narrowed: Boolean(search.q) || filters.length > 0 || search.archived === 'only',
      setQ: (q: string) => change((now) => ({ ...now, q: q || undefined })),
      setFilters: (next: Filter[]) => change((now) => writeFilters(now, next)),
      setArchived: (archived: Archived) =>
        change((now) => ({ ...now, archived: archived === 'no' ? undefined : archived })),
      setColumns: (columns: string[] | undefined) =>
        change((now) => ({ ...now, columns: columns?.join(',') })),
      toggleSort: (column: string, keepOthers: boolean) =>
        change((now) => ({ ...now, sort: writeSort(nextSort(sort, column, keepOthers)) })),
      clear: () => change((now) => writeFilters({ ...now, q: undefined, archived: undefined }, [])),
    };
  }, [search, fixed, defaultSort, change]);
}

export type GridSearch = ReturnType<typeof useGridSearch>;
