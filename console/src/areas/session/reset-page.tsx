import { Button, PasswordInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '@/api/client.ts';
import { t } from '@/text/t.ts';
import { Card, Failed } from './card.tsx';
import { BackToLogin } from './forgot-page.tsx';
import { useLinkToken } from './link-token.ts';
import classes from './login-page.module.css';
import { failureOf } from './reason.ts';

/** Where the link of a message about a forgotten password leads. */
export function ResetPage() {
  const token = useLinkToken();
  const [password, setPassword] = useState('');
  const [repeat, setRepeat] = useState('');
  const differs = repeat !== '' && repeat !== password;
  const whose = useQuery({
    queryKey: ['link', 'reset', token],
    queryFn: async () => (await api.POST('/password_resets/look', { body: { token } })).data!,
    staleTime: Infinity,
    retry: false,
  });
  const choose = useMutation({
    mutationFn: () => api.POST('/password_resets/complete', { body: { token, password } }),
  });
  if (whose.isPending) return <Card title={t('password.title')} />;
  if (choose.isSuccess) {
    return (
      <Card title={t('reset.done')} lead={t('reset.done_lead')}>
        <Button fullWidth renderRoot={(props) => <Link {...props} to="/login" search={{}} />}>
          {t('login.submit')}
        </Button>
      </Card>
    );
  }
  if (whose.error) {
    return (
      <Card title={t('link.void')} lead={failureOf(whose.error)}>
        <Button
          fullWidth
          renderRoot={(props) => <Link {...props} to="/forgot-password" search={{}} />}
        >
          {t('forgot.again')}
        </Button>
      </Card>
    );
  }
  return (
    <Card title={t('password.title')} lead={t('reset.lead', { email: whose.data.email })}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (password === repeat) choose.mutate();
        }}
      >
        {choose.error && <Failed>{failureOf(choose.error)}</Failed>}
        {/* Password managers file the new password under this name. */}
        <input type="email" autoComplete="username" value={whose.data.email} readOnly hidden />
        <NewPassword
          {...{ password, setPassword, repeat, setRepeat }}
          error={differs && t('password.differs')}
        />
        <Button type="submit" loading={choose.isPending} fullWidth>
          {t('password.submit')}
        </Button>
        <BackToLogin />
      </form>
    </Card>
  );
}

interface NewPasswordProps {
  password: string;
  setPassword: (password: string) => void;
  repeat: string;
  setRepeat: (repeat: string) => void;
  error: string | false;
}

/** A new password, typed twice. */
export const NewPassword = (props: NewPasswordProps) => (
  <>
    <PasswordInput
      label={t('password.new')}
      description={t('password.hint')}
      autoComplete="new-password"
      required
      minLength={12}
      maxLength={128}
      value={props.password}
      onChange={(event) => props.setPassword(event.currentTarget.value)}
    />
    <PasswordInput
      label={t('password.repeat')}
      autoComplete="new-password"
      required
      error={props.error}
      value={props.repeat}
      onChange={(event) => props.setRepeat(event.currentTarget.value)}
    />
  </>
);
