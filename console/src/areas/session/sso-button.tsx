import { Button } from '@mantine/core';
import { IconLogin2 } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useDebouncedValue } from '@mantine/hooks';
import { api } from '@/api/client.ts';
import { t } from '@/text/t.ts';
import { Failed } from './card.tsx';
import { keepNext } from './next.ts';
import { failureOf } from './reason.ts';

/** How people of an address's domain log in: asked by the domain, and nothing else of the address. */
export function useMethods(email: string) {
  const [domain] = useDebouncedValue(/@([^\s@]+\.[^\s@]+)$/.exec(email.trim())?.[1] ?? '', 250);
  return useQuery({
    queryKey: ['methods', domain.toLowerCase()],
    queryFn: async () =>
      (await api.POST('/session/methods', { body: { email: `@${domain}` } })).data!,
    enabled: domain !== '',
    staleTime: 60_000,
    retry: false,
  }).data;
}

interface SsoButtonProps {
  sso: { id: string; name: string };
  email: string;
  next?: string;
}

/** The way to the identity provider. */
export function SsoButton({ sso, email, next }: SsoButtonProps) {
  const begin = useMutation({
    mutationFn: async () =>
      (await api.POST('/session/sso', { body: { sso_provider_id: sso.id, email: email.trim() } }))
        .data!,
    onSuccess: ({ address }) => {
      keepNext(next);
      window.location.assign(address);
    },
  });
  return (
    <>
      {begin.error && <Failed>{failureOf(begin.error)}</Failed>}
      <Button
        fullWidth
        leftSection={<IconLogin2 size={16} />}
        loading={begin.isPending || begin.isSuccess}
        onClick={() => begin.mutate()}
      >
        {t('sso.continue', { name: sso.name })}
      </Button>
    </>
  );
}
