import { queryOptions, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { api } from '@/api/client.ts';
import type { Node } from '@/api/types.ts';

export const nodesQuery = (q: string) =>
  queryOptions({
    queryKey: ['nodes', q],
    queryFn: async ({ signal }) => {
      const { data } = await api.GET('/nodes', { params: { query: { q, limit: 50 } }, signal });
      return data!;
    },
    placeholderData: (previous) => previous,
  });

const nodeQuery = (id: string) =>
  queryOptions({
    queryKey: ['nodes', 'one', id],
    queryFn: async ({ signal }) => {
      const { data } = await api.GET('/nodes', { params: { query: { ids: id } }, signal });
      return data![0] ?? null;
    },
    staleTime: Infinity,
  });

/**
 * The part of the tree that the lists are narrowed to: `?under=<node id>` in every address, as in
 * the API, so that a link shows its reader the same thing.
 */
export function useScope() {
  const { under } = useSearch({ strict: false });
  const navigate = useNavigate();
  const node = useQuery({ ...nodeQuery(under ?? ''), enabled: Boolean(under) }).data;
  return {
    under,
    node: under ? (node ?? null) : null,
    narrow: (to: Node | null) =>
      navigate({ to: '.', search: (search) => ({ ...search, under: to?.id, cursor: undefined }) }),
  };
}
