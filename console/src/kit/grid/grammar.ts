import type { Search } from '../search.ts';

/**
 * The lists' grammar, one for the API, this console's addresses, exports and saved views:
 * `?q=bay&country.in=DE,FR&updated_at.gte=2026-01-01T00:00:00Z&sort=-updated_at,name&archived=any`.
 */
export type Operator =
  'is' | 'not' | 'in' | 'contains' | 'starts' | 'gt' | 'gte' | 'lt' | 'lte' | 'empty';

export interface Filter {
  column: string;
  operator: Operator;
  value: string;
}

export interface Sort {
  column: string;
  descending: boolean;
}

export type Archived = 'no' | 'any' | 'only';

const operators = new Set(['not', 'in', 'contains', 'starts', 'gt', 'gte', 'lt', 'lte', 'empty']);

/** Names in an address that are no filters: paging, the view, and what else a page keeps there. */
const reserved = new Set([
  'q',
  'sort',
  'archived',
  'columns',
  'under',
  'dialog',
  'record',
  'step',
  'next',
  'cursor',
  'limit',
]);

export function readFilters(search: Search): Filter[] {
  return Object.entries(search).flatMap(([name, value]) => {
    if (reserved.has(name) || value === undefined) return [];
    const dot = name.lastIndexOf('.');
    const last = name.slice(dot + 1);
    if (dot > 0 && operators.has(last)) {
      return [{ column: name.slice(0, dot), operator: last as Operator, value }];
    }
    return [{ column: name, operator: 'is' as const, value }];
  });
}

export const filterName = ({ column, operator }: Filter) =>
  operator === 'is' ? column : `${column}.${operator}`;

/** The address with these filters instead of those it has. */
export function writeFilters(search: Search, filters: Filter[]): Search {
  const rest = Object.fromEntries(Object.entries(search).filter(([name]) => reserved.has(name)));
  return {
    ...rest,
    ...Object.fromEntries(filters.map((filter) => [filterName(filter), filter.value])),
  };
}

export function readSort(sort: string | undefined): Sort[] {
  return (sort ?? '')
    .split(',')
    .filter(Boolean)
    .map((part) => ({ column: part.replace(/^-/, ''), descending: part.startsWith('-') }));
}

export function writeSort(sort: Sort[]): string | undefined {
  const text = sort.map(({ column, descending }) => (descending ? `-${column}` : column)).join(',');
  return text || undefined;
}

/** A click on a header: up, down, off; with Shift the other columns keep their part. */
export function nextSort(sort: Sort[], column: string, keepOthers: boolean): Sort[] {
  const current = sort.find((part) => part.column === column);
  const next: Sort[] = !current
    ? [{ column, descending: false }]
    : current.descending
      ? []
      : [{ column, descending: true }];
  if (!keepOthers) return next;
  return current ? sort.flatMap((part) => (part === current ? next : [part])) : [...sort, ...next];
}

/** What the API is asked: filters, search, sort, archived; not how the grid looks. */
export function apiQuery(search: Search): Record<string, string> {
  const { q, sort, archived, under } = search;
  const asked = { q, sort, archived, under };
  const filters = readFilters(search).map((filter) => [filterName(filter), filter.value]);
  const given = Object.entries(asked).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return Object.fromEntries([...given, ...filters]);
}
