import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api } from '@/api/client.ts';
import { enterSession } from '@/api/session.ts';
import { t } from '@/text/t.ts';
import { Card } from './card.tsx';
import { takeNext } from './next.ts';
import { failureOf } from './reason.ts';

/**
 * Where the identity provider sends people back to. What it gave the browser leaves the address as
 * soon as it is read, and is worth nothing a second time.
 */
export function SsoPage() {
  const navigate = useNavigate();
  const [given] = useState(() => new URLSearchParams(window.location.search));
  useEffect(() => {
    window.history.replaceState(window.history.state, '', window.location.pathname);
  }, []);
  const { error } = useQuery({
    queryKey: ['session', 'sso', given.get('state')],
    queryFn: async () => {
      const body = {
        state: given.get('state') ?? '',
        code: given.get('code'),
        iss: given.get('iss'),
        error: given.get('error'),
        error_description: given.get('error_description'),
      };
      const session = (await api.POST('/session/sso/complete', { body })).data!;
      await enterSession(session);
      await navigate({ href: takeNext(), replace: true });
      return null;
    },
    staleTime: Infinity,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  if (!error) return <Card title={t('sso.completing')} lead={t('sso.completing_lead')} />;
  return (
    <Card title={t('sso.refused')} lead={failureOf(error)}>
      <Button fullWidth renderRoot={(props) => <Link {...props} to="/login" search={{}} />}>
        {t('login.back')}
      </Button>
    </Card>
  );
}
