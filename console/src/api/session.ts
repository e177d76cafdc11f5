import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { setFormats } from '@/text/format.ts';
import { api } from './client.ts';
import { ApiError } from './problem.ts';
import { queryClient } from './query-client.ts';
import type { Session } from './types.ts';

/** Set beside the session's own cookie, which scripts cannot read. */
const hasSession = () => document.cookie.split('; ').includes('tenantry_session=yes');

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }) => {
    if (!hasSession()) throw new ApiError({ title: '', status: 401, code: 'unauthenticated' });
    const { data } = await api.GET('/session', { signal });
    return withFormats(data!);
  },
  staleTime: 60_000,
  retry: false,
});

/** Numbers and dates follow whoever is logged in. */
export function withFormats(session: Session): Session {
  setFormats(session.user.language, session.user.time_zone || session.defaults.time_zone);
  return session;
}

/**
 * Somebody else, or somewhere else: everything read before is forgotten, and what is on the screen
 * is read again. The session itself stays, since pages watch it.
 */
export async function enterSession(session: Session, open?: () => Promise<unknown>) {
  queryClient.setQueryData(sessionQuery.queryKey, withFormats(session));
  await open?.();
  await queryClient.resetQueries({
    predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0],
  });
}

/**
 * Goes to another node and opens a page there, before anything is read: the page that is left may
 * ask for what there is not.
 */
export async function workAt(node: string, open: () => Promise<unknown>) {
  const { data } = await api.POST('/session/node', { body: { node_id: node } });
  await enterSession(data!, open);
}

export const useSession = () => useSuspenseQuery(sessionQuery).data;

/** Whether the caller's role has the permission; the server has the last word on each record. */
export function useCan(): (permission: string) => boolean {
  const { permissions } = useSession();
  return (permission) => permissions.includes(permission);
}

/**
 * The customer whose workspace this is, if it is one: all that is seen here is of it, so no list
 * has a column that says so, and its own name is not read (ACC-10).
 */
export function useOwnCustomer(): string | undefined {
  const { node } = useSession();
  return node.type === 'customer' && node.id ? node.id : undefined;
}

/** Whether something of the navigation is for the caller. */
export function useShows(): (entry: { permission?: string; inside?: boolean }) => boolean {
  const can = useCan();
  const { node, works_as_customer } = useSession();
  const inside = node.type === 'customer' && !works_as_customer;
  return (entry) => (!entry.permission || can(entry.permission)) && (!entry.inside || inside);
}
