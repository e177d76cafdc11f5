import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { call, read } from '@/api/client.ts';
import type { PoolChanges } from '@/api/types.ts';
import { useFormValues, type Values } from '@/kit/form/context.ts';
import { t } from '@/text/t.ts';
import type { Block } from './blocks.ts';
import { OverFlag } from './usage.tsx';

/** What a change of blocks does to pools and devices, told before it is done (LIC-05). */
export function Changes({ changes }: { changes: PoolChanges }) {
  const { pools, devices_moving: moving } = changes;
  return (
    <div role="status" aria-label={t('changes.label')}>
      {moving > 0 && (
        <p>
          <strong>{t('changes.moving', { count: moving })}</strong>
        </p>
      )}
      <ul>
        {pools.map((pool) => (
          <li key={pool.tenant_id ?? ''} className="numbers">
            {t('changes.pool', {
              tenant: pool.tenant_name ?? t('licences.global'),
              before: t('licences.usage', {
                used: pool.used_before,
                purchased: pool.purchased_before,
              }),
              after: t('licences.usage', { used: pool.used, purchased: pool.purchased }),
            })}{' '}
            {pool.used > pool.purchased && <OverFlag count={pool.used - pool.purchased} />}
          </li>
        ))}
        {pools.length === 0 && <li className="dim">{t('changes.none')}</li>}
      </ul>
    </div>
  );
}

/** What deciding fields there are; the others change no pool. */
const decisive = ['tenant_id', 'licences', 'order_date', 'expiration_date'] as const;
const ofNew = ['customer_id', 'product_id', ...decisive] as const;

/** Under the fields of a block: which pools it changes, and which devices it moves. */
export function BlockChanges({ block }: { block: Block | undefined }) {
  const { values } = useFormValues();
  const [asked] = useDebouncedValue(JSON.stringify(pick(values, block ? decisive : ofNew)), 250);
  const body = JSON.parse(asked) as Values;
  const named = block ? block.id : body.customer_id && body.product_id;
  const differs = !block || asked !== JSON.stringify(pick(block, decisive));
  const { data } = useQuery({
    queryKey: ['licence_blocks', 'preview', block?.id ?? 'new', asked],
    queryFn: ({ signal }) => {
      const path = block ? '/licence_blocks/{id}/preview' : '/licence_blocks/preview';
      const sent = { body, signal, ...(block && { path: { id: block.id } }) };
      return call('POST', path, sent) as Promise<PoolChanges>;
    },
    enabled: Boolean(named && differs && Number(body.licences) > 0),
    // What is wrong with the block is told when it is saved.
    retry: false,
  });
  return data && differs ? <Changes changes={data} /> : null;
}

const pick = (values: Values | Block, names: typeof decisive | typeof ofNew) =>
  Object.fromEntries(names.flatMap((name) => (values[name] ? [[name, values[name]]] : [])));

/** What deleting a block does. */
export function DeletionChanges({ id }: { id: string }) {
  const { data } = useQuery({
    queryKey: ['licence_blocks', 'deletion', id],
    queryFn: ({ signal }) => read('/licence_blocks/{id}/deletion', { path: { id }, signal }),
    staleTime: 0,
  });
  return (
    <>
      <p>{t('record.delete_body')}</p>
      {data && <Changes changes={data} />}
    </>
  );
}
