import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, call, read } from './client.ts';
import { queryClient } from './query-client.ts';
import type { Answer } from './types.ts';

export type Notification = Answer<'/notifications'>['items'][number];
export type NotificationPreference = Answer<'/notification_preferences'>['items'][number];

/** Asked again every minute, while the page is in front. */
export const unreadQuery = queryOptions({
  queryKey: ['notifications', 'unread'],
  queryFn: async ({ signal }) => (await api.GET('/notifications/unread', { signal })).data!.count,
  refetchInterval: 60_000,
});

export const latestQuery = queryOptions({
  queryKey: ['notifications', 'latest'],
  queryFn: async ({ signal }) => {
    return (await read('/notifications', { query: { limit: 8 }, signal })).items;
  },
});

export const notificationsQuery = infiniteQueryOptions({
  queryKey: ['notifications', 'all'],
  queryFn: async ({ pageParam, signal }) => {
    return read('/notifications', { query: { limit: 50, before: pageParam }, signal });
  },
  initialPageParam: '',
  getNextPageParam: ({ next }) => next ?? undefined,
});

export const channelsQuery = queryOptions({
  queryKey: ['notification_preferences'],
  queryFn: async ({ signal }) =>
    (await api.GET('/notification_preferences', { signal })).data!.items,
});

const changed = () => queryClient.invalidateQueries({ queryKey: ['notifications'] });

export async function markRead(id: string) {
  await api.POST('/notifications/{id}/read', { params: { path: { id } } });
  await changed();
}

export async function markAllRead() {
  await api.POST('/notifications/read');
  await changed();
}

export async function choose({ kind, ...body }: NotificationPreference) {
  await call('PUT', '/notification_preferences/{kind}', { path: { kind }, body });
  await queryClient.invalidateQueries(channelsQuery);
  await changed();
}
