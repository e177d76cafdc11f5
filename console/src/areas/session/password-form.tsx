import { Button, PasswordInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client.ts';
import { sessionQuery } from '@/api/session.ts';
import { t } from '@/text/t.ts';
import { Failed } from './card.tsx';
import classes from './login-page.module.css';
import { failureOf } from './reason.ts';
import { NewPassword } from './reset-page.tsx';

/** Changes one's own password: at the first log-in, and from the profile. */
export function PasswordForm({ email, onDone }: { email: string; onDone: () => void }) {
  const queryClient = useQueryClient();
  const [current, setCurrent] = useState('');
  const [fresh, setFresh] = useState('');
  const [repeat, setRepeat] = useState('');
  const differs = repeat !== '' && repeat !== fresh;
  const change = useMutation({
    mutationFn: () =>
      api.POST('/session/password', { body: { current_password: current, new_password: fresh } }),
    onSuccess: async () => {
      await queryClient.invalidateQueries(sessionQuery);
      onDone();
    },
  });
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (fresh === repeat) change.mutate();
      }}
    >
      {change.error && <Failed>{failureOf(change.error)}</Failed>}
      {/* Password managers file the new password under this name. */}
      <input type="email" autoComplete="username" value={email} readOnly hidden />
      <PasswordInput
        label={t('password.current')}
        autoComplete="current-password"
        required
        value={current}
        onChange={(event) => setCurrent(event.currentTarget.value)}
      />
      <NewPassword
        password={fresh}
        setPassword={setFresh}
        repeat={repeat}
        setRepeat={setRepeat}
        error={differs && t('password.differs')}
      />
      <Button type="submit" loading={change.isPending} fullWidth>
        {t('password.submit')}
      </Button>
    </form>
  );
}
