import { queryOptions, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { read } from '@/api/client.ts';
import { firstRowsQuery } from '@/api/records.ts';
import { queryClient } from '@/api/query-client.ts';
import { useSession } from '@/api/session.ts';
import type { Node } from '@/api/types.ts';

export const nodesQuery = (q: string) =>
  queryOptions({
    queryKey: ['nodes', q],
    queryFn: ({ signal }) => read('/nodes', { query: { q, limit: 50 }, signal }),
    placeholderData: (previous) => previous,
  });

/** The platform has no row and so no id of its own; the API takes this one for it. */
export const platformId = '00000000-0000-0000-0000-000000000000';
export const nodeId = ({ id }: Node) => id ?? platformId;

const levels = [
  { list: 'resellers', type: 'reseller' },
  { list: 'providers', type: 'provider' },
  { list: 'customers', type: 'customer' },
] as const;

/** A node that an address names by its id: whichever level it is of. */
const nodeQuery = (id: string) =>
  queryOptions({
    queryKey: ['nodes', 'one', id],
    queryFn: async (): Promise<Node | null> => {
      for (const { list, type } of levels) {
        const { items } = await queryClient.fetchQuery(firstRowsQuery(list, { ids: id }));
        if (items[0]) return { type, id, name: items[0].name, path: items[0].name };
      }
      return null;
    },
    staleTime: Infinity,
  });

/** The node of that id, once it is found. */
export function useNode(id: string): Node | undefined {
  const { node, nodes } = useSession();
  const own = [node, ...nodes].find((it) => nodeId(it) === id);
  const found = useQuery({ ...nodeQuery(id), enabled: Boolean(id) && !own });
  return own ?? found.data ?? undefined;
}

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
      navigate({
        to: '.',
        search: (search) => ({ ...search, under: to?.id ?? undefined, cursor: undefined }),
      }),
  };
}
