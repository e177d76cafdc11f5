import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from '@/api/client.ts';
import type { Import } from '@/api/types.ts';

const moving = new Set(['uploading', 'planning', 'applying']);
export const isMoving = (state: string) => moving.has(state);

/** One import; looked at again while the server works on it. */
export const importQuery = (id: string) =>
  queryOptions({
    queryKey: ['imports', 'record', id],
    queryFn: async ({ signal }): Promise<Import> => {
      const { data } = await api.GET('/imports/{id}', { params: { path: { id } }, signal });
      return data!;
    },
    refetchInterval: ({ state }) => (state.data && isMoving(state.data.state) ? 700 : false),
  });

export const importColumnsQuery = queryOptions({
  queryKey: ['imports', 'columns'],
  queryFn: async ({ signal }) => {
    const path = { object: 'customers' } as const;
    const { data } = await api.GET('/imports/columns/{object}', { params: { path }, signal });
    return data!;
  },
  staleTime: Infinity,
});

export type Outcome = 'refused' | 'updated' | 'cleaned' | 'created' | 'unchanged';

export const importRowsQuery = (id: string, outcome: Outcome) =>
  infiniteQueryOptions({
    queryKey: ['imports', 'rows', id, outcome],
    queryFn: async ({ signal, pageParam }) => {
      const query = { outcome, cursor: pageParam || undefined };
      const params = { path: { id }, query };
      const { data } = await api.GET('/imports/{id}/rows', { params, signal });
      return data!;
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.page.next ?? null,
  });
