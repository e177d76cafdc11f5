import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { read } from '@/api/client.ts';
import type { ImportRow } from '@/api/types.ts';

const moving = new Set(['uploading', 'planning', 'applying', 'undoing']);
export const isMoving = (state: string) => moving.has(state);

/** One import; looked at again while the server works on it. */
export const importQuery = (id: string) =>
  queryOptions({
    queryKey: ['imports', 'record', id],
    queryFn: ({ signal }) => read('/imports/{id}', { path: { id }, signal }),
    refetchInterval: ({ state }) => (state.data && isMoving(state.data.state) ? 700 : false),
  });

export const importColumnsQuery = queryOptions({
  queryKey: ['columns', 'imports', 'customers'],
  queryFn: ({ signal }) =>
    read('/imports/columns/{object}', { path: { object: 'customers' }, signal }),
  staleTime: Infinity,
});

/** What undoing it would do at this moment (IMP-05). */
export const undoPreviewQuery = (id: string) =>
  queryOptions({
    queryKey: ['imports', 'undo', id],
    queryFn: ({ signal }) => read('/imports/{id}/undo', { path: { id }, signal }),
  });

/** The records that an undo left as they are. */
export const keptQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['imports', 'kept', id],
    queryFn: ({ signal, pageParam }) =>
      read('/imports/{id}/rows', {
        path: { id },
        query: { phase: 'undo', cursor: pageParam },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.page.next ?? null,
  });

export type Outcome = ImportRow['outcome'];

export const importRowsQuery = (id: string, outcome: Outcome) =>
  infiniteQueryOptions({
    queryKey: ['imports', 'rows', id, outcome],
    queryFn: ({ signal, pageParam }) =>
      read('/imports/{id}/rows', { path: { id }, query: { outcome, cursor: pageParam }, signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.page.next ?? null,
  });
