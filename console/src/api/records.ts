import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from './client.ts';
import { queryClient } from './query-client.ts';
import type { AnyRow, Column, ListName, ListPage, RecordName, RecordOf, Row } from './types.ts';

/**
 * Every resource has the same operations under its own name. TypeScript cannot follow a path that
 * is put together from a type parameter, so the one cast of the client is here.
 */
interface Anything {
  params?: { path?: Record<string, string>; query?: Record<string, unknown>; header?: object };
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}
type Send = (path: string, options?: Anything) => Promise<{ data?: unknown }>;
const anything = api as unknown as Record<'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', Send>;

export type ListQuery = Record<string, string | number | undefined>;
export const pageSize = 100;

export const columnsQuery = (list: ListName) =>
  queryOptions({
    queryKey: ['columns', list],
    queryFn: async ({ signal }) => {
      const { data } = await anything.GET(`/${list}/columns`, { signal });
      return data as Column[];
    },
    staleTime: 5 * 60_000,
  });

export const listQuery = <N extends ListName>(list: N, query: ListQuery) =>
  infiniteQueryOptions({
    queryKey: [list, 'list', query],
    queryFn: async ({ signal, pageParam }) => {
      const paging = pageParam ? { cursor: pageParam } : { count: 'capped' };
      const { data } = await anything.GET(`/${list}`, {
        params: { query: { limit: pageSize, ...query, ...paging } },
        signal,
      });
      return data as ListPage<Row<N>>;
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.page.next,
  });

/** A short list at once: pickers, dashboards, anything without paging. */
export const firstRowsQuery = <N extends ListName>(list: N, query: ListQuery) =>
  queryOptions({
    queryKey: [list, 'first', query],
    queryFn: async ({ signal }) => {
      const { data } = await anything.GET(`/${list}`, { params: { query }, signal });
      return data as ListPage<Row<N>>;
    },
  });

export const recordQuery = <N extends RecordName>(list: N, id: string) =>
  queryOptions({
    queryKey: [list, 'record', id],
    queryFn: async ({ signal }) => {
      const { data } = await anything.GET(`/${list}/{id}`, { params: { path: { id } }, signal });
      return data as RecordOf<N>;
    },
  });

export async function createRecord(list: RecordName, body: object): Promise<AnyRow> {
  const { data } = await anything.POST(`/${list}`, { body });
  await changed();
  return data as AnyRow;
}

/** Writes only what differs; `version` is the one that the user saw. */
export async function updateRecord(
  list: RecordName,
  id: string,
  version: number,
  patch: object,
): Promise<AnyRow> {
  const { data } = await anything.PATCH(`/${list}/{id}`, {
    params: { path: { id } },
    body: patch,
    headers: { 'if-match': `"${version}"`, 'content-type': 'application/merge-patch+json' },
  });
  await changed();
  return data as AnyRow;
}

export async function deleteRecord(list: RecordName, id: string, version: number): Promise<void> {
  await anything.DELETE(`/${list}/{id}`, {
    params: { path: { id } },
    headers: { 'if-match': `"${version}"` },
  });
  await changed();
}

/** `POST /customers/{id}/archive` and its like. */
export async function act(list: string, id: string, action: string, body?: object) {
  const { data } = await anything.POST(`/${list}/{id}/${action}`, {
    params: { path: { id } },
    body,
  });
  await changed();
  return data;
}

const kept = new Set(['session', 'columns', 'enums', 'preferences']);

/**
 * After a write everything that is on the screen is read again: counters, audit and lists depend on
 * each other in ways that no list of keys would keep up with.
 */
export function changed(): Promise<void> {
  return queryClient.invalidateQueries({
    predicate: ({ queryKey }) => !kept.has(String(queryKey[0])),
  });
}
