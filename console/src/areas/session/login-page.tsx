import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api } from '@/api/client.ts';
import { isApiError } from '@/api/problem.ts';
import { enterSession, sessionQuery } from '@/api/session.ts';
import type { Session } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import classes from './login-page.module.css';
import { PasswordForm } from './password-form.tsx';

export function LoginPage() {
  const { next } = useSearch({ from: '/login' });
  const navigate = useNavigate();
  const session = useQuery({ ...sessionQuery, retry: false }).data;
  const mustChange = session?.user.must_change_password;
  useEffect(() => {
    document.title = `${t('login.title')} · ${t('app.name')}`;
  }, []);
  // Only a path of this console: `next` comes from the address and could be anything.
  const onward = () => navigate({ href: next && /^\/(?!\/)/.test(next) ? next : '/' });

  return (
    <main className={classes.root}>
      <div className={classes.card}>
        <img src="/favicon.svg" alt="" width={36} height={36} />
        <h1 className={classes.title}>{mustChange ? t('password.title') : t('app.name')}</h1>
        <p className={classes.lead}>{mustChange ? t('password.forced') : t('login.lead')}</p>
        {mustChange ? (
          <PasswordForm email={session.user.email} onDone={() => void onward()} />
        ) : (
          <LoginForm
            onDone={({ user }) => {
              if (!user.must_change_password) void onward();
            }}
          />
        )}
      </div>
    </main>
  );
}

function LoginForm({ onDone }: { onDone: (session: Session) => void }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const login = useMutation({
    mutationFn: async () => (await api.POST('/session', { body: { email, password } })).data!,
    onSuccess: async (session) => {
      await enterSession(session);
      onDone(session);
    },
    onError: () => setPassword(''),
  });
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        login.mutate();
      }}
    >
      {login.error && (
        <p className={classes.failed} role="alert">
          {reason(login.error)}
        </p>
      )}
      <TextInput
        label={t('login.email')}
        type="email"
        name="email"
        autoComplete="username"
        required
        withAsterisk={false}
        data-autofocus
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
      />
      <PasswordInput
        label={t('login.password')}
        name="password"
        autoComplete="current-password"
        required
        withAsterisk={false}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <Button type="submit" loading={login.isPending} fullWidth>
        {t('login.submit')}
      </Button>
    </form>
  );
}

function reason(error: Error): string {
  if (isApiError(error, 401)) return t('login.failed');
  if (isApiError(error, 429)) return t('login.slow', { seconds: error.retryAfter ?? 60 });
  if (isApiError(error) && error.unreachable) return t('error.offline.title');
  return error.message;
}
