import { Button, PasswordInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client.ts';
import { sessionQuery } from '@/api/session.ts';
import { t } from '@/text/t.ts';
import classes from './login-page.module.css';

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
      {change.error && (
        <p className={classes.failed} role="alert">
          {change.error.message}
        </p>
      )}
      {/* Password managers file the new password under this name. */}
      <input type="email" autoComplete="username" value={email} readOnly hidden />
      <PasswordInput
        label={t('password.current')}
        autoComplete="current-password"
        required
        value={current}
        onChange={(event) => setCurrent(event.currentTarget.value)}
      />
      <PasswordInput
        label={t('password.new')}
        description={t('password.hint')}
        autoComplete="new-password"
        required
        minLength={12}
        maxLength={128}
        value={fresh}
        onChange={(event) => setFresh(event.currentTarget.value)}
      />
      <PasswordInput
        label={t('password.repeat')}
        autoComplete="new-password"
        required
        error={differs && t('password.differs')}
        value={repeat}
        onChange={(event) => setRepeat(event.currentTarget.value)}
      />
      <Button type="submit" loading={change.isPending} fullWidth>
        {t('password.submit')}
      </Button>
    </form>
  );
}
