import { Button, CopyButton, Group, Radio, Stack, TextInput } from '@mantine/core';
import { IconBan } from '@tabler/icons-react';
import { useState } from 'react';
import { createRecord, deleteRecord } from '@/api/records.ts';
import { useCan, useSession } from '@/api/session.ts';
import type { Row } from '@/api/types.ts';
import { useDialog } from '@/kit/dialog.ts';
import { confirm } from '@/kit/feedback/confirm.tsx';
import { toast } from '@/kit/feedback/toast.tsx';
import { FormDialog } from '@/kit/form/form-dialog.tsx';
import { NodeSelect } from '@/kit/form/node-field.tsx';
import { PlainForm } from '@/kit/form/plain-form.tsx';
import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { Page } from '@/kit/page/page.tsx';
import { AddButton } from '@/kit/record/record-dialog.tsx';
import { nodeId } from '@/kit/shell/scope.ts';
import { t } from '@/text/t.ts';
import { endOfDay } from '@/text/zone.ts';
import { PermissionMatrix } from './permission-matrix.tsx';
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
  const session = useSession();
  const [node, setNode] = useState<string | null>(nodeId(session.node));
  const [chosen, setChosen] = useState<string[] | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const missing = !name.trim()
    ? t('tokens.name_first')
    : chosen?.length === 0
      ? t('tokens.some_first')
      : undefined;
  return (
    <FormDialog
      help="people"
      title={t('tokens.add')}
      size={secret ? undefined : 620}
      onClose={onClose}
    >
      {secret ? (
        <Secret secret={secret} onClose={onClose} />
      ) : (
        <PlainForm
          verb={t('tokens.add')}
          onCancel={onClose}
          missing={missing}
          onSubmit={async () => {
            const body = {
              name: name.trim(),
              expires_at: day ? endOfDay(day) : null,
              node_id: node,
              permissions: chosen ?? [],
            };
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
          <NodeSelect
            label={t('tokens.works_at')}
            description={t('tokens.works_at_hint')}
            required
            value={node}
            onChange={setNode}
          />
          <Radio.Group
            label={t('field.permissions')}
            value={chosen ? 'some' : 'all'}
            onChange={(which) => setChosen(which === 'some' ? [] : null)}
          >
            <Group gap={20} mt={6}>
              <Radio value="all" label={t('tokens.all')} />
              <Radio value="some" label={t('tokens.some')} />
            </Group>
          </Radio.Group>
          {chosen && (
            <PermissionMatrix
              label={t('field.permissions')}
              value={chosen}
              possible={session.permissions}
              onChange={setChosen}
            />
          )}
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
