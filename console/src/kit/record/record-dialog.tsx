import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconPlus } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { recordQuery } from '@/api/records.ts';
import { useCan } from '@/api/session.ts';
import type { AnyRow, RecordName } from '@/api/types.ts';
import type { HelpPage } from '@/areas/help/pages.ts';
import { useDialog } from '@/kit/dialog.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import type { Values } from '@/kit/form/context.ts';
import { FormDrawer } from '@/kit/form/form-drawer.tsx';
import { FormLoader, FormShell } from '@/kit/form/form-shell.tsx';
import { useRecordForm } from '@/kit/form/use-record-form.ts';
import { t } from '@/text/t.ts';

interface RecordDialogProps {
  /** The word in the dialogs' addresses: `?dialog=site.add`, `?dialog=site.edit&record=…`. */
  name: string;
  list: RecordName;
  help: HelpPage;
  addTitle: string;
  editTitle: string;
  initial?: Values;
  validate?: (values: Values) => Record<string, string>;
  /** What a record is called, where it is not its name. */
  nameOf?: (row: AnyRow) => string;
  fields: (isNew: boolean) => ReactNode;
}

/** Adding and editing in a drawer: all that most records need. */
export function RecordDialog(props: RecordDialogProps) {
  const { dialog, record: id, close } = useDialog();
  if (dialog === `${props.name}.add`) {
    return (
      <FormDrawer help={props.help} title={props.addTitle} onClose={close}>
        <DrawerForm {...props} onClose={close} />
      </FormDrawer>
    );
  }
  if (dialog === `${props.name}.edit` && id) {
    return (
      <FormDrawer help={props.help} title={props.editTitle} onClose={close}>
        <StoredForm {...props} id={id} onClose={close} />
      </FormDrawer>
    );
  }
  return null;
}

function StoredForm(props: RecordDialogProps & { id: string; onClose: () => void }) {
  const { data, isPending, error } = useQuery(recordQuery(props.list, props.id));
  return (
    <FormLoader loading={isPending} error={error} record={data}>
      {(record) => <DrawerForm {...props} record={record as unknown as AnyRow} />}
    </FormLoader>
  );
}

function DrawerForm(props: RecordDialogProps & { record?: AnyRow; onClose: () => void }) {
  const { list, record, initial, validate, nameOf, onClose } = props;
  const form = useRecordForm({
    list,
    record,
    initial,
    validate,
    onSaved: (row) => {
      const name = nameOf?.(row) ?? String(row.name);
      toast(t(record ? 'toast.saved' : 'toast.created', { name }));
      onClose();
    },
  });
  return (
    <FormShell form={form} verb={record ? undefined : props.addTitle} onCancel={onClose}>
      {props.fields(!record)}
    </FormShell>
  );
}

interface AddButtonProps {
  name: string;
  label: string;
  permission: string;
}

export function AddButton({ name, label, permission }: AddButtonProps) {
  const can = useCan();
  const dialog = useDialog();
  if (!can(permission)) return null;
  return (
    <Button leftSection={<IconPlus size={16} />} onClick={() => dialog.open(`${name}.add`)}>
      {label}
    </Button>
  );
}
