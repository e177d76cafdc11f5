import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client.ts';
import { isApiError } from '@/api/problem.ts';
import type { Session } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import { Failed } from './card.tsx';
import classes from './login-page.module.css';
import { failureOf } from './reason.ts';

interface CodeFormProps {
  onEntered: (session: Session) => Promise<void>;
  onBack: () => void;
}

/** The second step of logging in. */
export function CodeForm({ onEntered, onBack }: CodeFormProps) {
  const [code, setCode] = useState('');
  const enter = useMutation({
    mutationFn: async () => (await api.POST('/session/second_factor', { body: { code } })).data!,
    onSuccess: onEntered,
    onError: () => setCode(''),
  });
  const late = isApiError(enter.error) && enter.error.code === 'log_in_again';
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        enter.mutate();
      }}
    >
      {enter.error && (
        <Failed>{failureOf(enter.error, t(late ? 'code.late' : 'code.wrong'))}</Failed>
      )}
      <CodeInput value={code} onChange={setCode} />
      <Button type="submit" loading={enter.isPending} fullWidth>
        {t('login.submit')}
      </Button>
      <Button variant="default" onClick={onBack} fullWidth>
        {t('code.back')}
      </Button>
    </form>
  );
}

interface CodeInputProps {
  value: string;
  onChange: (code: string) => void;
  description?: string;
}

/** Six digits, or a recovery code: so no numeric keyboard. */
export const CodeInput = ({ value, onChange, description }: CodeInputProps) => (
  <TextInput
    label={t('code.label')}
    description={description}
    name="code"
    autoComplete="one-time-code"
    classNames={{ input: 'mono' }}
    required
    withAsterisk={false}
    maxLength={40}
    ref={(input) => {
      if (input && document.activeElement === document.body) input.focus();
    }}
    value={value}
    onChange={(event) => onChange(event.currentTarget.value)}
  />
);
