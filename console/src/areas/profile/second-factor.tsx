import { Button, Group, PasswordInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client.ts';
import { changed } from '@/api/records.ts';
import { useDialog } from '@/kit/dialog.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import { DialogBody, FormDialog } from '@/kit/form/form-dialog.tsx';
import { PlainForm } from '@/kit/form/plain-form.tsx';
import { Status } from '@/kit/status.tsx';
import { formatDay } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import { CodeInput } from '../session/code-form.tsx';
import { Enrolment } from '../session/enrolment.tsx';
import { RecoveryCodes } from '../session/recovery-codes.tsx';
import { secondFactorQuery } from './queries.ts';
import classes from './second-factor.module.css';

/** Whether logging in takes a code, and what can be done about it. */
export function SecondFactor() {
  const dialog = useDialog();
  const own = useQuery(secondFactorQuery).data;
  if (!own) return null;
  const { enabled_at: since, recovery_codes_left: left, required } = own;
  return (
    <>
      {since ? (
        <div className={classes.root}>
          <p>
            <Status value="on" tone="good" label={t('factor.on')} />{' '}
            {t('factor.since', { when: formatDay(since) })}
          </p>
          <p className={left < 3 ? classes.few : 'dim'}>{t('factor.left', { count: left })}</p>
          <Group gap={8}>
            <Button variant="default" onClick={() => dialog.open('factor.codes')}>
              {t('factor.renew')}
            </Button>
            <Button
              variant="default"
              disabled={required}
              title={required ? t('factor.required') : undefined}
              onClick={() => dialog.open('factor.remove')}
            >
              {t('factor.remove')}
            </Button>
          </Group>
        </div>
      ) : (
        <div className={classes.root}>
          <p className="dim">{t('factor.lead')}</p>
          <Button className={classes.button} onClick={() => dialog.open('factor.add')}>
            {t('factor.set_up')}
          </Button>
        </div>
      )}
      <Dialogs />
    </>
  );
}

function Dialogs() {
  const { dialog, close } = useDialog();
  if (dialog === 'factor.add') {
    return (
      <FormDialog help="people" title={t('factor.title')} onClose={close}>
        <DialogBody>
          <Enrolment
            onCodes={() => void changed()}
            onDone={() => {
              toast(t('factor.turned_on'));
              close();
            }}
          />
        </DialogBody>
      </FormDialog>
    );
  }
  if (dialog === 'factor.codes') return <RenewCodes onClose={close} />;
  if (dialog === 'factor.remove') return <Remove onClose={close} />;
  return null;
}

interface ProofFormProps {
  verb: string;
  lead: string;
  onClose: () => void;
  onProved: (proof: { password: string; code: string }) => Promise<void>;
}

/** Password and code, once more. */
function ProofForm({ verb, lead, onClose, onProved }: ProofFormProps) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  return (
    <PlainForm
      verb={verb}
      onCancel={onClose}
      missing={password && code ? undefined : t('factor.both')}
      onSubmit={() => onProved({ password, code })}
    >
      <p className={classes.lead}>{lead}</p>
      <PasswordInput
        label={t('login.password')}
        autoComplete="current-password"
        data-autofocus
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <CodeInput value={code} onChange={setCode} description={t('factor.code_hint')} />
    </PlainForm>
  );
}

function RenewCodes({ onClose }: { onClose: () => void }) {
  const [codes, setCodes] = useState<string[] | null>(null);
  return (
    <FormDialog help="people" title={t('factor.renew')} onClose={onClose}>
      {codes ? (
        <DialogBody>
          <RecoveryCodes codes={codes} onDone={onClose} />
        </DialogBody>
      ) : (
        <ProofForm
          verb={t('factor.renew')}
          lead={t('factor.renew_lead')}
          onClose={onClose}
          onProved={async (body) => {
            const { data } = await api.POST('/profile/second_factor/recovery_codes', { body });
            setCodes(data!.recovery_codes);
            await changed();
          }}
        />
      )}
    </FormDialog>
  );
}

function Remove({ onClose }: { onClose: () => void }) {
  return (
    <FormDialog help="people" title={t('factor.remove')} onClose={onClose}>
      <ProofForm
        verb={t('factor.remove')}
        lead={t('factor.remove_lead')}
        onClose={onClose}
        onProved={async (body) => {
          await api.POST('/profile/second_factor/remove', { body });
          await changed();
          toast(t('factor.removed'));
          onClose();
        }}
      />
    </FormDialog>
  );
}
