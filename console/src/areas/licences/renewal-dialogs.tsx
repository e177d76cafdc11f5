import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { act, recordQuery } from '@/api/records.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import { FormDialog } from '@/kit/form/form-dialog.tsx';
import { FieldRow } from '@/kit/form/form-shell.tsx';
import { PlainForm } from '@/kit/form/plain-form.tsx';
import { formatDate } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import { blockName, type Block } from './blocks.ts';

interface DialogProps {
  id: string;
  onClose: () => void;
}

/** Makes the successor; what is left as it is, is taken over (LIC-14). */
export function RenewDialog({ id, onClose }: DialogProps) {
  const block = useQuery(recordQuery('licence_blocks', id)).data;
  if (!block) return null;
  return (
    <FormDialog
      help="renewals"
      title={t('blocks.renew_title', { name: blockName(block) })}
      onClose={onClose}
    >
      <RenewForm block={block} onClose={onClose} />
    </FormDialog>
  );
}

function RenewForm({ block, onClose }: { block: Block; onClose: () => void }) {
  const [values, setValues] = useState({
    licences: String(block.licences),
    expiration_date: '',
    sales_order: '',
    po_number: '',
    unit_price: block.unit_price ?? '',
  });
  const field = (name: keyof typeof values) => ({
    label: t(`field.${name}`),
    value: values[name],
    onChange: ({ currentTarget: { value } }: React.ChangeEvent<HTMLInputElement>) =>
      setValues((now) => ({ ...now, [name]: value })),
  });
  return (
    <PlainForm
      verb={t('blocks.renew')}
      onCancel={onClose}
      onSubmit={async () => {
        const { licences, ...texts } = values;
        const filled = Object.entries(texts).filter(([, text]) => text !== '');
        const body = { ...Object.fromEntries(filled), licences: Number(licences) };
        const made = (await act('licence_blocks', block.id, 'renew', body)) as Block;
        toast(t('blocks.renewed', { name: blockName(made) }));
        onClose();
      }}
    >
      <p className="dim">
        {t('blocks.renew_lead', { date: formatDate(block.expiration_date ?? '') })}
      </p>
      <FieldRow>
        <TextInput {...field('licences')} inputMode="numeric" data-autofocus />
        <TextInput {...field('expiration_date')} type="date" description={t('blocks.term_hint')} />
      </FieldRow>
      <FieldRow>
        <TextInput {...field('sales_order')} maxLength={100} />
        <TextInput {...field('po_number')} maxLength={100} />
      </FieldRow>
      <TextInput {...field('unit_price')} maxLength={17} description={t('blocks.price_hint')} />
    </PlainForm>
  );
}

/** The decision that there is no successor, and why. */
export function NotRenewedDialog({ id, onClose }: DialogProps) {
  const block = useQuery(recordQuery('licence_blocks', id)).data;
  const [reason, setReason] = useState('');
  if (!block) return null;
  const name = blockName(block);
  return (
    <FormDialog help="renewals" title={t('blocks.not_renewed_title', { name })} onClose={onClose}>
      <PlainForm
        verb={t('blocks.not_renewed_verb')}
        onCancel={onClose}
        onSubmit={async () => {
          await act('licence_blocks', id, 'not_renewed', { reason });
          toast(t('blocks.not_renewed_done', { name }));
          onClose();
        }}
      >
        <p className="dim">{t('blocks.not_renewed_lead')}</p>
        <TextInput
          label={t('blocks.reason')}
          required
          data-autofocus
          maxLength={510}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </PlainForm>
    </FormDialog>
  );
}
