import { Button, Group, PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '@/api/client.ts';
import { queryClient } from '@/api/query-client.ts';
import { sessionQuery } from '@/api/session.ts';
import type { SecondFactorOffer } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import { Failed } from './card.tsx';
import { CodeInput } from './code-form.tsx';
import classes from './enrolment.module.css';
import { failureOf } from './reason.ts';
import { RecoveryCodes } from './recovery-codes.tsx';

interface EnrolmentProps {
  /** The password, where it was typed a moment ago. */
  password?: string;
  /** The second factor is on; what is left is to keep the recovery codes. */
  onCodes?: () => void;
  onDone: () => void;
}

/** Sets up the second factor: password, app, first code, recovery codes. */
export function Enrolment({ password: typed = '', onCodes, onDone }: EnrolmentProps) {
  const [password, setPassword] = useState('');
  const [codes, setCodes] = useState<string[] | null>(null);
  const begin = useMutation({
    mutationFn: async (own: string) =>
      (await api.POST('/profile/second_factor', { body: { password: own } })).data!,
  });
  const { mutate } = begin;
  useEffect(() => {
    if (typed) mutate(typed);
  }, [typed, mutate]);

  if (codes) return <RecoveryCodes codes={codes} onDone={onDone} />;
  if (begin.data) {
    return (
      <FirstCode
        offer={begin.data}
        onCodes={(fresh) => {
          setCodes(fresh);
          onCodes?.();
          void queryClient.invalidateQueries(sessionQuery);
        }}
      />
    );
  }
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        mutate(password);
      }}
    >
      {begin.error && <Failed>{failureOf(begin.error)}</Failed>}
      <PasswordInput
        label={t('login.password')}
        description={t('factor.password')}
        autoComplete="current-password"
        required
        withAsterisk={false}
        data-autofocus
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <Group justify="flex-end">
        <Button type="submit" loading={begin.isPending}>
          {t('factor.next')}
        </Button>
      </Group>
    </form>
  );
}

interface FirstCodeProps {
  offer: SecondFactorOffer;
  onCodes: (codes: string[]) => void;
}

function FirstCode({ offer, onCodes }: FirstCodeProps) {
  const [code, setCode] = useState('');
  const confirm = useMutation({
    mutationFn: async () =>
      (await api.POST('/profile/second_factor/confirm', { body: { code } })).data!,
    onSuccess: ({ recovery_codes }) => onCodes(recovery_codes),
    onError: () => setCode(''),
  });
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        confirm.mutate();
      }}
    >
      {confirm.error && <Failed>{failureOf(confirm.error)}</Failed>}
      <p className={classes.step}>{t('factor.scan')}</p>
      <Picture offer={offer} />
      <p className={classes.step}>
        {t('factor.type')} <code className={`mono ${classes.secret}`}>{grouped(offer.secret)}</code>
      </p>
      <CodeInput value={code} onChange={setCode} description={t('factor.first_code')} />
      <Group justify="flex-end">
        <Button type="submit" loading={confirm.isPending}>
          {t('factor.turn_on')}
        </Button>
      </Group>
    </form>
  );
}

/** Black on white in both colour schemes, with the margin that cameras want. */
function Picture({ offer: { qr_width: width, qr_path: path } }: { offer: SecondFactorOffer }) {
  const size = width + 8;
  return (
    <svg
      className={classes.picture}
      viewBox={`-4 -4 ${size} ${size}`}
      role="img"
      aria-label={t('factor.picture')}
      shapeRendering="crispEdges"
    >
      <rect x={-4} y={-4} width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

const grouped = (secret: string) => secret.match(/.{1,4}/g)?.join(' ') ?? secret;
