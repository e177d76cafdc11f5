import { Input, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { act, recordQuery } from '@/api/records.ts';
import { useSession } from '@/api/session.ts';
import type { RecordOf } from '@/api/types.ts';
import { useDialog } from '@/kit/dialog.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import { useField, useFormValues } from '@/kit/form/context.ts';
import { TextField } from '@/kit/form/fields.tsx';
import { FormDialog } from '@/kit/form/form-dialog.tsx';
import { FieldRow, FormLoader } from '@/kit/form/form-shell.tsx';
import { NodeSelect } from '@/kit/form/node-field.tsx';
import { PlainForm } from '@/kit/form/plain-form.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { RecordDialog } from '@/kit/record/record-dialog.tsx';
import { nodeId, useNode } from '@/kit/shell/scope.ts';
import { t } from '@/text/t.ts';
import { PermissionMatrix } from './permission-matrix.tsx';

/** The roles' dialogs, on whatever page of theirs they are opened. */
export function RoleDialogs() {
  const { dialog, record, close } = useDialog();
  const { node } = useSession();
  if (dialog === 'role.clone' && record) return <CloneDialog id={record} onClose={close} />;
  return (
    <RecordDialog
      name="role"
      help="roles"
      list="roles"
      addTitle={t('roles.add')}
      editTitle={t('roles.edit')}
      initial={{ node_id: nodeId(node), level: node.type, permissions: [] }}
      fields={(isNew) => (
        <>
          <TextField name="name" first />
          <TextField name="description" rows={2} />
          {isNew && (
            <FieldRow>
              <OwnerField />
              <LevelField />
            </FieldRow>
          )}
          <PermissionsField />
        </>
      )}
    />
  );
}

function OwnerField() {
  const { props, value, set } = useField('node_id');
  return (
    <NodeSelect
      {...props}
      label={t('roles.belongs_to')}
      required
      value={value ? String(value) : null}
      onChange={set}
    />
  );
}

function LevelField() {
  const { props, value, set } = useField('level');
  const { values } = useFormValues();
  return (
    <LevelSelect
      {...props}
      node={String(values.node_id ?? '')}
      value={value ? String(value) : null}
      onChange={set}
    />
  );
}

function PermissionsField() {
  const { props, value, set } = useField('permissions');
  const { permissions } = useSession();
  return (
    <Input.Wrapper
      component="div"
      label={props.label}
      labelElement="div"
      error={props.error}
      data-field={props['data-field']}
    >
      <PermissionMatrix
        label={props.label}
        value={(value ?? []) as string[]}
        possible={permissions}
        onChange={set}
      />
    </Input.Wrapper>
  );
}

const levels = ['platform', 'provider', 'reseller', 'customer'] as const;

interface LevelSelectProps {
  label: string;
  error?: React.ReactNode;
  /** The node that the role belongs to: its own level, and those below it. */
  node: string;
  value: string | null;
  onChange: (level: string | null) => void;
}

function LevelSelect({ node, ...props }: LevelSelectProps) {
  const type = useNode(node)?.type ?? 'platform';
  const below = levels.slice(levels.indexOf(type));
  return (
    <Select
      {...props}
      allowDeselect={false}
      data={below.map((level) => ({ value: level, label: t(`scope.${level}`) }))}
    />
  );
}

function CloneDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, isPending, error } = useQuery(recordQuery('roles', id));
  return (
    <FormDialog help="roles" title={t('roles.clone')} onClose={onClose}>
      <FormLoader loading={isPending} error={error} record={data}>
        {(role) => <CloneForm role={role} onClose={onClose} />}
      </FormLoader>
    </FormDialog>
  );
}

function CloneForm({ role, onClose }: { role: RecordOf<'roles'>; onClose: () => void }) {
  const navigate = useNavigate();
  const session = useSession();
  const [name, setName] = useState(t('roles.copy_of', { name: role.name }));
  const [node, setNode] = useState<string | null>(nodeId(session.node));
  const [level, setLevel] = useState<string | null>(null);
  const type = useNode(node ?? '')?.type;
  const usual = role.levels.find((it) => it === type) ?? role.levels.at(-1) ?? null;
  return (
    <PlainForm
      verb={t('roles.clone')}
      onCancel={onClose}
      missing={name.trim() ? undefined : t('tokens.name_first')}
      onSubmit={async () => {
        const body = { name: name.trim(), node_id: node, level: level ?? usual };
        const made = (await act('roles', role.id, 'clone', body)) as RecordOf<'roles'>;
        toast(t('toast.created', { name: made.full_name }));
        void navigate(recordLink('roles', made.id)!);
      }}
    >
      <p className="dim">{t('roles.clone_lead', { name: role.full_name })}</p>
      <TextInput
        label={t('field.name')}
        data-autofocus
        maxLength={255}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <NodeSelect label={t('roles.belongs_to')} required value={node} onChange={setNode} />
      <LevelSelect
        label={t('field.level')}
        node={node ?? ''}
        value={level ?? usual}
        onChange={setLevel}
      />
    </PlainForm>
  );
}
