import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '@/api/client.ts';
import { enterSession } from '@/api/session.ts';
import type { Invited } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import { Card, Failed } from './card.tsx';
import { BackToLogin } from './forgot-page.tsx';
import { useLinkToken } from './link-token.ts';
import classes from './login-page.module.css';
import { failureOf } from './reason.ts';
import { NewPassword } from './reset-page.tsx';

/** Where the link of an invitation leads. */
export function InvitationPage() {
  const token = useLinkToken();
  const [accepted, setAccepted] = useState(false);
  const offer = useQuery({
    queryKey: ['link', 'invitation', token],
    queryFn: async () => (await api.POST('/invitations/look', { body: { token } })).data!,
    staleTime: Infinity,
    retry: false,
  });
  if (offer.isPending) return <Card title={t('invited.title')} />;
  if (offer.error) {
    return (
      <Card title={t('link.void')} lead={t('invited.void')}>
        <BackToLogin />
      </Card>
    );
  }
  const { node_name: node, role_name: role } = offer.data;
  if (accepted) {
    return (
      <Card title={t('invited.welcome', { node })} lead={t('invited.log_in')}>
        <Button fullWidth renderRoot={(props) => <Link {...props} to="/login" search={{}} />}>
          {t('login.submit')}
        </Button>
      </Card>
    );
  }
  const Form = offer.data.has_account ? JoinForm : NewAccountForm;
  return (
    <Card title={t('invited.to', { node })} lead={t('invited.lead', { node, role })}>
      <Form offer={offer.data} token={token} onAccepted={() => setAccepted(true)} />
    </Card>
  );
}

interface FormProps {
  offer: Invited;
  token: string;
  onAccepted: () => void;
}

/** The address has an account: the role is added to it. */
function JoinForm({ offer, token, onAccepted }: FormProps) {
  const join = useMutation({
    mutationFn: () =>
      api.POST('/invitations/accept', { body: { token, display_name: null, password: null } }),
    onSuccess: onAccepted,
  });
  return (
    <div className={classes.form}>
      {join.error && <Failed>{failureOf(join.error)}</Failed>}
      <p className={classes.note}>{t('invited.known', { email: offer.email })}</p>
      <Button loading={join.isPending} onClick={() => join.mutate()} fullWidth>
        {t('invited.accept')}
      </Button>
    </div>
  );
}

/** Name and password make the account, and log in. */
function NewAccountForm({ offer, token, onAccepted }: FormProps) {
  const navigate = useNavigate();
  const [name, setName] = useState(offer.display_name);
  const [password, setPassword] = useState('');
  const [repeat, setRepeat] = useState('');
  const differs = repeat !== '' && repeat !== password;
  const accept = useMutation({
    mutationFn: async () => {
      await api.POST('/invitations/accept', { body: { token, display_name: name, password } });
      const body = { email: offer.email, password };
      return api.POST('/session', { body }).catch(() => null);
    },
    onSuccess: async (entered) => {
      if (!entered?.data) return onAccepted();
      await enterSession(entered.data);
      return navigate({ to: '/', search: {} });
    },
  });
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (password === repeat) accept.mutate();
      }}
    >
      {accept.error && <Failed>{failureOf(accept.error)}</Failed>}
      <TextInput
        label={t('login.email')}
        type="email"
        autoComplete="username"
        value={offer.email}
        readOnly
      />
      <TextInput
        label={t('field.display_name')}
        autoComplete="name"
        required
        maxLength={255}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <NewPassword
        {...{ password, setPassword, repeat, setRepeat }}
        error={differs && t('password.differs')}
      />
      <Button type="submit" loading={accept.isPending} fullWidth>
        {t('invited.accept')}
      </Button>
    </form>
  );
}
