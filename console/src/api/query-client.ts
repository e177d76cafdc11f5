import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { isApiError } from './problem.ts';

/** Told when the server no longer knows the session; the router takes it from there. */
const listeners = new Set<() => void>();
export function onLoggedOut(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function watchSession(error: unknown, key?: readonly unknown[]) {
  if (isApiError(error, 401) && key?.[0] !== 'session') {
    for (const listener of listeners) listener();
  }
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error, query) => watchSession(error, query.queryKey) }),
  mutationCache: new MutationCache({ onError: (error) => watchSession(error) }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => count < 2 && isApiError(error) && error.unreachable,
    },
  },
});
