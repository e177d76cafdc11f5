import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '@/api/client.ts';
import { t } from '@/text/t.ts';
import { Card, Failed } from './card.tsx';
import classes from './login-page.module.css';
import { failureOf } from './reason.ts';

export function ForgotPage() {
  const [email, setEmail] = useState('');
  const ask = useMutation({
    mutationFn: () => api.POST('/password_resets', { body: { email } }),
  });
  if (ask.isSuccess) {
    return (
      <Card title={t('forgot.sent')} lead={t('forgot.sent_lead', { email })}>
        <BackToLogin />
      </Card>
    );
  }
  return (
    <Card title={t('forgot.title')} lead={t('forgot.lead')}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          ask.mutate();
        }}
      >
        {ask.error && <Failed>{failureOf(ask.error)}</Failed>}
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
        <Button type="submit" loading={ask.isPending} fullWidth>
          {t('forgot.submit')}
        </Button>
        <BackToLogin />
      </form>
    </Card>
  );
}

export const BackToLogin = () => (
  <Link to="/login" search={{}} className={classes.aside}>
    {t('login.back')}
  </Link>
);
