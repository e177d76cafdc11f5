import { Button, Group, Skeleton } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client.ts';
import { act, deleteRecord, recordQuery } from '@/api/records.ts';
import { describeError, toast } from '@/kit/feedback/toast.tsx';
import { DialogBody, FormDialog } from '@/kit/form/form-dialog.tsx';
import { ReasonField } from '@/kit/form/reason-field.tsx';
import { Blockers } from '@/kit/record/lifecycle.tsx';
import { formatNumber } from '@/text/format.ts';
import { t, tMaybe } from '@/text/t.ts';

interface DeleteCustomerProps {
  id: string;
  onClose: () => void;
  onDeleted: () => void | Promise<void>;
}

/** Names the customer and all that goes with it, or what stands in the way (LIFE-02). */
export function DeleteCustomer({ id, onClose, onDeleted }: DeleteCustomerProps) {
  const record = useQuery(recordQuery('customers', id)).data;
  const { data, error } = useQuery({
    queryKey: ['customers', 'deletion', id],
    queryFn: async ({ signal }) => {
      const answer = await api.GET('/customers/{id}/deletion', {
        params: { path: { id } },
        signal,
      });
      return answer.data!;
    },
    staleTime: 0,
  });
  const name = record?.name ?? '…';
  const [reason, setReason] = useState('');
  const remove = useMutation({
    mutationFn: async () => {
      // Away from its page first: once deleted it is not there to be read again.
      await onDeleted();
      await deleteRecord('customers', id, record!.version, reason);
      toast(t('customers.in_bin', { name }), () => act('customers', id, 'restore'));
    },
  });
  const failure = error ?? remove.error;
  return (
    <FormDialog
      help="customers"
      title={t(data && !data.may ? 'record.blocked_title' : 'record.delete_title', { name })}
      onClose={onClose}
    >
      <DialogBody>
        {!data && !failure && <Skeleton height={80} />}
        {failure && <p role="alert">{describeError(failure)}</p>}
        {data && !data.may && <Blockers blockers={data.blockers} />}
        {data?.may && (
          <>
            <p>{t('customers.delete_lead')}</p>
            <ul>
              {data.goes
                .filter(({ count }) => count > 0)
                .map(({ kind, count }) => (
                  <li key={kind}>
                    {tMaybe(`goes.${kind}`, `${formatNumber(count)} ${kind.replaceAll('_', ' ')}`, {
                      count,
                    })}
                  </li>
                ))}
            </ul>
            <p>{t('customers.delete_bin')}</p>
            <ReasonField value={reason} onChange={setReason} />
          </>
        )}
        <Group justify="flex-end" gap={8} mt={20}>
          <Button variant="default" onClick={onClose} data-autofocus>
            {data?.may ? t('customers.keep') : t('action.close')}
          </Button>
          {data?.may && (
            <Button
              color="red"
              loading={remove.isPending}
              disabled={!record}
              onClick={() => remove.mutate()}
            >
              {t('record.delete')}
            </Button>
          )}
        </Group>
      </DialogBody>
    </FormDialog>
  );
}
