import { PasswordInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { act, recordQuery } from '@/api/records.ts';
import { useSession } from '@/api/session.ts';
import { useDialog } from '@/kit/dialog.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import { useFormValues } from '@/kit/form/context.ts';
import { EnumField, PasswordField, RecordField, TextField } from '@/kit/form/fields.tsx';
import { FormDialog } from '@/kit/form/form-dialog.tsx';
import { FieldRow } from '@/kit/form/form-shell.tsx';
import { NodeField } from '@/kit/form/node-field.tsx';
import { PlainForm } from '@/kit/form/plain-form.tsx';
import { RecordDialog } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';
import { useRolesAt } from './roles-at.ts';

/** The users' dialogs, on whatever page of theirs they are opened. */
export function UserDialogs({ nodeId }: { nodeId?: string }) {
  const { dialog, record, close } = useDialog();
  const { node } = useSession();
  if (dialog === 'user.password' && record) return <SetPassword id={record} onClose={close} />;
  const adding = dialog === 'user.add';
  return (
    <RecordDialog
      name="user"
      help="people"
      list="users"
      addTitle={t('users.add')}
      editTitle={t('users.edit')}
      nameOf={(row) => String(row.email)}
      initial={{ node_id: nodeId ?? node.id }}
      validate={({ password, password_repeat }): Record<string, string> =>
        adding && password !== password_repeat ? { password_repeat: t('password.differs') } : {}
      }
      fields={(isNew) => (
        <>
          <TextField name="email" type="email" first />
          <TextField name="display_name" />
          {isNew && (
            <>
              <NodeField name="node_id" />
              <RoleField />
              <PasswordField name="password" description={t('users.password_hint')} />
              <PasswordField name="password_repeat" />
            </>
          )}
          <RecordField name="contact_id" list="contacts" />
          <FieldRow>
            <EnumField name="language" values="languages" />
            <EnumField name="time_zone" values="time_zones" />
          </FieldRow>
        </>
      )}
    />
  );
}

/** The roles that can be held where the user works. */
function RoleField() {
  const { values } = useFormValues();
  const filter = useRolesAt(String(values.node_id ?? ''));
  return <RecordField name="role_id" list="roles" filter={filter} />;
}

/** For somebody else, typed twice; must be changed at the next log-in (ACC-02). */
function SetPassword({ id, onClose }: { id: string; onClose: () => void }) {
  const user = useQuery(recordQuery('users', id)).data;
  const [password, setPassword] = useState('');
  const [repeat, setRepeat] = useState('');
  const differs = repeat !== '' && repeat !== password;
  return (
    <FormDialog
      help="people"
      title={t('users.set_password_of', { name: user?.email ?? '…' })}
      onClose={onClose}
    >
      <PlainForm
        verb={t('users.set_password')}
        onCancel={onClose}
        missing={!password || password !== repeat ? t('users.twice') : undefined}
        onSubmit={async () => {
          await act('users', id, 'set_password', { password, password_repeat: repeat });
          toast(t('users.password_set'));
          onClose();
        }}
      >
        <PasswordInput
          label={t('password.new')}
          description={t('users.password_hint')}
          autoComplete="new-password"
          data-autofocus
          maxLength={128}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('password.repeat')}
          autoComplete="new-password"
          maxLength={128}
          error={differs && t('password.differs')}
          value={repeat}
          onChange={(event) => setRepeat(event.currentTarget.value)}
        />
      </PlainForm>
    </FormDialog>
  );
}
