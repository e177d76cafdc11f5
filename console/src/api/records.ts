import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { call } from './client.ts';
import { queryClient } from './query-client.ts';
import type { AnyRow, Column, ListName, ListPage, RecordName, RecordOf, Row } from './types.ts';

export type ListQuery = Record<string, string | number | undefined>;
const pageSize = 100;

export const columnsQuery = (list: ListName) =>
  queryOptions({
    queryKey: ['columns', list],
    queryFn: ({ signal }) => call('GET', `/${list}/columns`, { signal }) as Promise<Column[]>,
    staleTime: 5 * 60_000,
  });

export const listQuery = <N extends ListName>(list: N, query: ListQuery) =>
  infiniteQueryOptions({
    queryKey: [list, 'list', query],
    queryFn: ({ signal, pageParam }) => {
      const paging = pageParam ? { cursor: pageParam } : { count: 'capped' };
      const sent = { query: { limit: pageSize, ...query, ...paging }, signal };
      return call('GET', `/${list}`, sent) as Promise<ListPage<Row<N>>>;
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.page.next,
  });

/** A short list at once: pickers, dashboards, anything without paging. */
export const firstRowsQuery = <N extends ListName>(list: N, query: ListQuery) =>
  queryOptions({
    queryKey: [list, 'first', query],
    queryFn: ({ signal }) =>
      call('GET', `/${list}`, { query, signal }) as Promise<ListPage<Row<N>>>,
  });

export const recordQuery = <N extends RecordName>(list: N, id: string) =>
  queryOptions({
    queryKey: [list, 'record', id],
    queryFn: ({ signal }) =>
      call('GET', `/${list}/{id}`, { path: { id }, signal }) as Promise<RecordOf<N>>,
  });

export async function createRecord(list: RecordName, body: object): Promise<AnyRow> {
  const row = await call('POST', `/${list}`, { body });
  await changed();
  return row as AnyRow;
}

/** Why, for the audit log (AUD-04). Headers are ASCII, reasons are not: what is not is encoded. */
function because(reason: string | undefined): Record<string, string> {
  const text = reason?.trim().replace(/[^ -~]|%/gu, encodeURIComponent);
  return text ? { 'x-change-reason': text } : {};
}

/** Writes only what differs; `version` is the one that the user saw. */
export async function updateRecord(
  list: RecordName,
  id: string,
  version: number,
  patch: object,
  reason?: string,
): Promise<AnyRow> {
  const headers = {
    'if-match': `"${version}"`,
    'content-type': 'application/merge-patch+json',
    ...because(reason),
  };
  const row = await call('PATCH', `/${list}/{id}`, { path: { id }, body: patch, headers });
  await changed();
  return row as AnyRow;
}

/** Records without a version, such as grants, go by their id alone. */
export async function deleteRecord(
  list: RecordName,
  id: string,
  version?: number,
  reason?: string,
): Promise<void> {
  const match: Record<string, string> = version === undefined ? {} : { 'if-match': `"${version}"` };
  await call('DELETE', `/${list}/{id}`, {
    path: { id },
    headers: { ...match, ...because(reason) },
  });
  await changed();
}

/** `POST /customers/{id}/archive` and its like. */
export async function act(
  list: ListName,
  id: string,
  action: string,
  body?: object,
  reason?: string,
) {
  const headers = because(reason);
  const answer = await call('POST', `/${list}/{id}/${action}`, { path: { id }, body, headers });
  await changed();
  return answer;
}

const kept = new Set(['session', 'columns', 'enums', 'preferences', 'help']);

/**
 * After a write everything that is on the screen is read again: counters, audit and lists depend on
 * each other in ways that no list of keys would keep up with.
 */
export function changed(): Promise<void> {
  return queryClient.invalidateQueries({
    predicate: ({ queryKey }) => !kept.has(String(queryKey[0])),
  });
}
