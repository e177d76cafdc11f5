import { Button, CopyButton, Stack } from '@mantine/core';
import { IconBan } from '@tabler/icons-react';
import { useState } from 'react';
import { createRecord, deleteRecord } from '@/api/records.ts';
import { useCan } from '@/api/session.ts';
import type { Row } from '@/api/types.ts';
import { useDialog } from '@/kit/dialog.ts';
import { confirm } from '@/kit/feedback/confirm.tsx';
import { toast } from '@/kit/feedback/toast.tsx';
import { TextInput } from '@mantine/core';
import { FormDialog } from '@/kit/form/form-dialog.tsx';
import { PlainForm } from '@/kit/form/plain-form.tsx';
import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { Page } from '@/kit/page/page.tsx';
import { AddButton } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';
import { endOfDay } from '@/text/zone.ts';
import classes from './tokens-page.module.css';

export function TokensPage() {
  const can = useCan();
  const { dialog, close } = useDialog();
  const add = <AddButton name="token" label={t('tokens.add')} permission="tokens:create" />;
  return (
    <Page title={t('nav.tokens')} help="people" fill actions={add}>
      <DataGrid
        list="tokens"
        label={t('nav.tokens')}
        commands={
          can('tokens:delete')
            ? (row) => [
                {
                  label: t('tokens.revoke'),
                  icon: IconBan,
                  danger: true,
                  run: () => void revoke(row),
                },
              ]
            : undefined
        }
        empty={{ title: t('tokens.empty'), lead: t('tokens.empty_lead'), action: add }}
      />
      {dialog === 'token.add' && <NewToken onClose={close} />}
    </Page>
  );
}

const revoke = ({ id, name, version }: Row<'tokens'>) =>
  confirm({
    help: 'people',
    title: t('tokens.revoke_title', { name }),
    body: t('tokens.revoke_body'),
    verb: t('tokens.revoke'),
    danger: true,
    audited: true,
    act: async ({ reason }) => {
      await deleteRecord('tokens', id, version, reason);
      toast(t('tokens.revoked', { name }));
    },
  });

function NewToken({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [day, setDay] = useState('');
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <FormDialog help="people" title={t('tokens.add')} onClose={onClose}>
      {secret ? (
        <Secret secret={secret} onClose={onClose} />
      ) : (
        <PlainForm
          verb={t('tokens.add')}
          onCancel={onClose}
          missing={name.trim() ? undefined : t('tokens.name_first')}
          onSubmit={async () => {
            const body = { name: name.trim(), expires_at: day ? endOfDay(day) : null };
            setSecret(String((await createRecord('tokens', body)).token));
          }}
        >
          <TextInput
            label={t('field.name')}
            description={t('tokens.name_hint')}
            data-autofocus
            maxLength={255}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            type="date"
            label={t('field.expires_at')}
            description={t('tokens.expires_hint')}
            value={day}
            onChange={(event) => setDay(event.currentTarget.value)}
          />
        </PlainForm>
      )}
    </FormDialog>
  );
}

/** Only its hash is stored: this is the one moment to copy it. */
function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Stack gap={14} p={20}>
      <strong>{t('tokens.once')}</strong>
      <code className={`mono ${classes.secret}`}>{secret}</code>
      <CopyButton value={secret}>
        {({ copied, copy }) => (
          <Button variant="default" onClick={copy}>
            {t(copied ? 'tokens.copied' : 'tokens.copy')}
          </Button>
        )}
      </CopyButton>
      <Button onClick={onClose}>{t('tokens.done')}</Button>
    </Stack>
  );
}
