import { queryOptions, useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { call, read } from './client.ts';
import { isApiError } from './problem.ts';
import { queryClient } from './query-client.ts';

const preferenceQuery = (name: string) =>
  queryOptions({
    queryKey: ['preferences', name],
    queryFn: async ({ signal }): Promise<unknown> => {
      const path = { name };
      const answer = read('/preferences/{name}', { path, signal });
      // A preference never set is no error; one that cannot be read must not keep a page from showing.
      const found = await answer.catch((error: unknown) => {
        if (isApiError(error) && error.status !== 401) return null;
        throw error;
      });
      return found?.value ?? null;
    },
    staleTime: Infinity,
  });

const timers = new Map<string, ReturnType<typeof setTimeout>>();

/** Shows at once, and is sent when the user has paused: a column being dragged changes often. */
function save(name: string, value: unknown) {
  queryClient.setQueryData(preferenceQuery(name).queryKey, value);
  clearTimeout(timers.get(name));
  const send = () =>
    // Losing a column's width is not worth a message.
    void call('PUT', '/preferences/{name}', { path: { name }, body: { value } }).catch(() => {});
  timers.set(name, setTimeout(send, 600));
}

/** Something the user chose and finds again: `[value, ready, change]`. */
export function usePreference<T extends object>(name: string, initial: T) {
  const { data, isPending } = useQuery(preferenceQuery(name));
  const value: T = { ...initial, ...(data as Partial<T> | null) };
  const change = useCallback(
    (part: Partial<T>) => {
      const before = queryClient.getQueryData(preferenceQuery(name).queryKey) as Partial<T> | null;
      save(name, { ...before, ...part });
    },
    [name],
  );
  return [value, !isPending, change] as const;
}
