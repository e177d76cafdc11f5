import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '@/api/client.ts';
import { isApiError } from '@/api/problem.ts';
import { enterSession, sessionQuery } from '@/api/session.ts';
import type { Session } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import { Card, Failed } from './card.tsx';
import { CodeForm } from './code-form.tsx';
import { Enrolment } from './enrolment.tsx';
import classes from './login-page.module.css';
import { PasswordForm } from './password-form.tsx';
import { localPath } from './next.ts';
import { failureOf } from './reason.ts';
import { SsoButton, useMethods } from './sso-button.tsx';

export function LoginPage() {
  const { next } = useSearch({ from: '/login' });
  const navigate = useNavigate();
  const session = useQuery({ ...sessionQuery, retry: false }).data;
  const [waiting, setWaiting] = useState(false);
  // For the enrolment that may follow: nobody should type it twice in a row.
  const [typed, setTyped] = useState('');
  const [codes, setCodes] = useState(false);
  const onward = () => navigate({ href: localPath(next) });
  const enter = async (entered: Session) => {
    await enterSession(entered);
    setWaiting(false);
    const { must_change_password, must_set_second_factor } = entered.user;
    if (!must_change_password && !must_set_second_factor) await onward();
  };

  if (session?.user.must_change_password) {
    return (
      <Card title={t('password.title')} lead={t('password.forced')}>
        <PasswordForm
          email={session.user.email}
          onDone={() => {
            setTyped('');
            if (!session.user.must_set_second_factor) void onward();
          }}
        />
      </Card>
    );
  }
  if (session?.user.must_set_second_factor || codes) {
    return (
      <Card title={t('factor.title')} lead={t('factor.forced')} wide>
        <Enrolment password={typed} onCodes={() => setCodes(true)} onDone={() => void onward()} />
      </Card>
    );
  }
  if (waiting) {
    return (
      <Card title={t('code.title')} lead={t('code.lead')}>
        <CodeForm onEntered={enter} onBack={() => setWaiting(false)} />
      </Card>
    );
  }
  return (
    <Card title={t('app.name')} lead={t('login.lead')}>
      <LoginForm
        next={next}
        onTyped={setTyped}
        onWaiting={() => setWaiting(true)}
        onEntered={enter}
      />
    </Card>
  );
}

interface LoginFormProps {
  next?: string;
  onTyped: (password: string) => void;
  /** The password was right, and a code is asked for. */
  onWaiting: () => void;
  onEntered: (session: Session) => Promise<void>;
}

function LoginForm({ next, onTyped, onWaiting, onEntered }: LoginFormProps) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [insists, setInsists] = useState(false);
  const methods = useMethods(email);
  const sso = methods?.sso;
  const login = useMutation({
    mutationFn: async () => (await api.POST('/session', { body: { email, password } })).data!,
    onSuccess: (session) => {
      onTyped(password);
      return onEntered(session);
    },
    onError: (error) => {
      if (isApiError(error) && error.code === 'second_factor_required') onWaiting();
      else setPassword('');
    },
  });
  // Where passwords are not taken, the platform's admins may still ask for the field.
  const asksPassword = !sso || methods.password || insists;
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        login.mutate();
      }}
    >
      {login.error && <Failed>{failureOf(login.error, t('login.failed'))}</Failed>}
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
      {sso && <SsoButton sso={sso} email={email} next={next} />}
      {sso && !asksPassword && (
        <Button variant="subtle" onClick={() => setInsists(true)}>
          {t('sso.use_password')}
        </Button>
      )}
      {sso && asksPassword && <p className={classes.or}>{t('sso.or')}</p>}
      {asksPassword && (
        <>
          <PasswordInput
            label={t('login.password')}
            name="password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button
            type="submit"
            variant={sso ? 'default' : 'filled'}
            loading={login.isPending}
            fullWidth
          >
            {t('login.submit')}
          </Button>
          <Link to="/forgot-password" search={{}} className={classes.aside}>
            {t('login.forgot')}
          </Link>
        </>
      )}
    </form>
  );
}
