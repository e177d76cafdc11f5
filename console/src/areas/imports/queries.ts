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

/** What files can bring, in the order in which one needs the other. */
export const importables = [
  'customers',
  'tenants',
  'sites',
  'contacts',
  'products',
  'licence_blocks',
  'devices',
] as const;
export type Importable = (typeof importables)[number];

/** Where the records are listed. */
export const listOf = {
  customers: '/customers',
  tenants: '/tenants',
  sites: '/sites',
  contacts: '/contacts',
  products: '/products',
  licence_blocks: '/licence-blocks',
  devices: '/devices',
} as const satisfies Record<Importable, string>;

/** What an import brings; the words of an object that this console does not know are missing. */
export const importable = (object: string | undefined): Importable =>
  importables.find((name) => name === object) ?? 'customers';

export const importColumnsQuery = (object: string) =>
  queryOptions({
    queryKey: ['columns', 'imports', object],
    queryFn: ({ signal }) => read('/imports/columns/{object}', { path: { object }, signal }),
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
