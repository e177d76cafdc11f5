import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { isApiError } from '@/api/problem.ts';
import { t } from '@/text/t.ts';
import { Message } from '../feedback/message.tsx';

/** What a page shows instead of itself; the shell stays, so the way out is always there. */
export function ErrorPage({ error, reset }: { error: unknown; reset?: () => void }) {
  const router = useRouter();
  const queryClient = useQueryClient();
  const again = async () => {
    await queryClient.resetQueries({ predicate: ({ state }) => state.status === 'error' });
    reset?.();
    await router.invalidate();
  };
  if (isApiError(error, 404)) return <NotFoundPage />;
  if (isApiError(error, 403)) {
    return <Message kind="forbidden" title={t('error.403.title')} lead={t('error.403.lead')} />;
  }
  const retry = (
    <Button variant="default" onClick={() => void again()}>
      {t('error.again')}
    </Button>
  );
  if (isApiError(error) && error.unreachable) {
    return (
      <Message
        kind="offline"
        title={t('error.offline.title')}
        lead={t('error.offline.lead')}
        action={retry}
      />
    );
  }
  return (
    <Message
      kind="crash"
      title={t('error.title')}
      lead={isApiError(error) ? error.message : t('error.lead')}
      requestId={isApiError(error) ? error.requestId : undefined}
      action={retry}
    />
  );
}

export function NotFoundPage() {
  const router = useRouter();
  return (
    <Message
      kind="absent"
      title={t('error.404.title')}
      lead={t('error.404.lead')}
      action={
        <>
          <Button variant="default" onClick={() => router.history.back()}>
            {t('error.back')}
          </Button>
          <Button onClick={() => void router.navigate({ to: '/' })}>{t('error.home')}</Button>
        </>
      }
    />
  );
}
