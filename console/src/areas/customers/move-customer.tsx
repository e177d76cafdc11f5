import { Button, Group, Skeleton } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '@/api/client.ts';
import { act, recordQuery } from '@/api/records.ts';
import type { MovePreview, RecordOf } from '@/api/types.ts';
import { describeError, toast } from '@/kit/feedback/toast.tsx';
import { RecordPicker } from '@/kit/form/fields.tsx';
import { DialogBody, FormDialog } from '@/kit/form/form-dialog.tsx';
import { ReasonField } from '@/kit/form/reason-field.tsx';
import { fieldLabel } from '@/kit/form/context.ts';
import { t } from '@/text/t.ts';
import { settingText, terms } from '../tree/settings.tsx';

interface MoveCustomerProps {
  id: string;
  onClose: () => void;
}

/** Moves a customer to another reseller, and tells before what that changes (TREE-04). */
export function MoveCustomer({ id, onClose }: MoveCustomerProps) {
  const record = useQuery(recordQuery('customers', id)).data;
  return (
    <FormDialog
      help="customers"
      title={t('move.title', { name: record?.name ?? '…' })}
      onClose={onClose}
    >
      <DialogBody>
        {record ? <MoveForm record={record} onClose={onClose} /> : <Skeleton height={120} />}
      </DialogBody>
    </FormDialog>
  );
}

function MoveForm({ record, onClose }: { record: RecordOf<'customers'>; onClose: () => void }) {
  const [to, setTo] = useState<string | null>(record.reseller_id ?? null);
  const [reason, setReason] = useState('');
  const chosen = to !== (record.reseller_id ?? null);
  const preview = useQuery({
    queryKey: ['customers', 'move', record.id, to],
    queryFn: ({ signal }) => {
      const [path, query] = [{ id: record.id }, { reseller_id: to ?? '' }];
      return call('GET', '/customers/{id}/move', { path, query, signal }) as Promise<MovePreview>;
    },
    enabled: chosen,
    staleTime: 0,
  });
  const back = record.reseller_id ?? null;
  const move = useMutation({
    mutationFn: async () => {
      await act('customers', record.id, 'move', { reseller_id: to }, reason);
      const place = preview.data?.to?.name ?? t('customers.direct');
      toast(t('move.done', { name: record.name, place }), () =>
        act('customers', record.id, 'move', { reseller_id: back }),
      );
      onClose();
    },
  });
  const failure = preview.error ?? move.error;
  return (
    <>
      <RecordPicker
        data-autofocus
        list="resellers"
        filter={{ provider_id: record.provider_id }}
        label={t('move.to')}
        placeholder={t('customers.direct')}
        value={to}
        onChange={setTo}
      />
      {failure && <p role="alert">{describeError(failure)}</p>}
      {chosen && preview.isPending && !failure && <Skeleton height={90} mt={14} />}
      {chosen && preview.data && <Consequences preview={preview.data} />}
      {chosen && <ReasonField value={reason} onChange={setReason} />}
      <Group justify="flex-end" gap={8} mt={20}>
        <Button variant="default" onClick={onClose}>
          {t('action.cancel')}
        </Button>
        <Button
          disabled={!chosen || !preview.data}
          loading={move.isPending}
          onClick={() => move.mutate()}
        >
          {t('move.verb')}
        </Button>
      </Group>
    </>
  );
}

const settings = ['time_zone', 'language', 'currency', 'domains', ...terms] as const;

function Consequences({ preview }: { preview: MovePreview }) {
  const { lose_sight: lose, gain_sight: gain, contacts_come: come, contacts_stay: stay } = preview;
  const others = settings
    .map((name) => ({
      name,
      before: settingText(name, preview.settings_before[name]?.value),
      after: settingText(name, preview.settings_after[name]?.value),
    }))
    .filter(({ before, after }) => before !== after);
  const names = (users: MovePreview['lose_sight']) => users.map(({ name }) => name).join(', ');
  return (
    <ul aria-label={t('move.consequences')}>
      {others.map(({ name, before, after }) => (
        <li key={name}>{t('move.setting', { setting: fieldLabel(name), before, after })}</li>
      ))}
      {lose.length > 0 && <li>{t('move.lose', { names: names(lose) })}</li>}
      {gain.length > 0 && <li>{t('move.gain', { names: names(gain) })}</li>}
      {come > 0 && <li>{t('move.come', { count: come })}</li>}
      {stay > 0 && <li>{t('move.stay', { count: stay })}</li>}
      <li>{t('move.below')}</li>
    </ul>
  );
}
