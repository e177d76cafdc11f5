import { queryOptions } from '@tanstack/react-query';
import { api } from '@/api/client.ts';

export const profileQuery = queryOptions({
  queryKey: ['profile'],
  queryFn: async ({ signal }) => (await api.GET('/profile', { signal })).data!,
});

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: async ({ signal }) => (await api.GET('/sessions', { signal })).data!.items,
});

export const secondFactorQuery = queryOptions({
  queryKey: ['second_factor'],
  queryFn: async ({ signal }) => (await api.GET('/profile/second_factor', { signal })).data!,
});
