import { TextInput } from '@mantine/core';
import { IconCheck, IconShoppingCart } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { act, recordQuery } from '@/api/records.ts';
import { useCan } from '@/api/session.ts';
import type { Row } from '@/api/types.ts';
import type { Command } from '@/kit/commands.tsx';
import { useDialog } from '@/kit/dialog.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import { FormDialog } from '@/kit/form/form-dialog.tsx';
import { PlainForm } from '@/kit/form/plain-form.tsx';
import { t } from '@/text/t.ts';

export type Case = Row<'overuse_cases'>;

export const caseName = ({ product_name, tenant_name }: Case) =>
  t('licences.worst', { product: product_name, tenant: tenant_name ?? t('licences.global') });

export function useCaseCommands() {
  const can = useCan();
  const dialog = useDialog();
  return (row: Case): Command[] => {
    if (!can('licences:update')) return [];
    const disabled = row.cleared_at ? t('cases.cleared') : undefined;
    return [
      {
        label: t('cases.acknowledge'),
        icon: IconCheck,
        run: () => dialog.open('case.acknowledge', row.id),
        disabled,
      },
      {
        label: t('cases.order'),
        icon: IconShoppingCart,
        run: () => dialog.open('case.order', row.id),
        disabled,
      },
    ];
  };
}

/** What is said of a case by hand, with a note (LIC-10). */
export function CaseDialogs() {
  const { dialog, record, close } = useDialog();
  if (!record || (dialog !== 'case.acknowledge' && dialog !== 'case.order')) return null;
  const action = dialog === 'case.order' ? 'order' : 'acknowledge';
  return <CaseDialog key={dialog} action={action} id={record} onClose={close} />;
}

interface CaseDialogProps {
  action: 'acknowledge' | 'order';
  id: string;
  onClose: () => void;
}

function CaseDialog(props: CaseDialogProps) {
  const found = useQuery(recordQuery('overuse_cases', props.id)).data;
  return found ? <NoteDialog {...props} found={found} /> : null;
}

function NoteDialog({ action, id, onClose, found }: CaseDialogProps & { found: Case }) {
  const [note, setNote] = useState(found.note);
  return (
    <FormDialog
      help="overuse"
      title={t(`cases.${action}_title`, { name: caseName(found) })}
      onClose={onClose}
    >
      <PlainForm
        verb={t(`cases.${action}`)}
        onCancel={onClose}
        onSubmit={async () => {
          await act('overuse_cases', id, action, { note });
          toast(t(`cases.${action === 'order' ? 'ordered' : 'acknowledged'}`));
          onClose();
        }}
      >
        <p className="dim">{t(`cases.${action}_lead`)}</p>
        <TextInput
          label={t('field.note')}
          data-autofocus
          maxLength={510}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
      </PlainForm>
    </FormDialog>
  );
}
