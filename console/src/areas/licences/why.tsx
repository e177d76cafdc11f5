import { Button, Skeleton } from '@mantine/core';
import { IconHelp } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { read } from '@/api/client.ts';
import type { Why } from '@/api/types.ts';
import { describeError } from '@/kit/feedback/toast.tsx';
import { RecordPicker } from '@/kit/form/fields.tsx';
import { DialogBody, FormDialog } from '@/kit/form/form-dialog.tsx';
import table from '@/kit/plain-table.module.css';
import { recordLink } from '@/kit/record/links.ts';
import { Status } from '@/kit/status.tsx';
import { formatDate, formatNumber } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import { UsageBar } from './usage.tsx';

type Asked = { device_id: string } | { tenant_id: string; product_id: string };

interface WhyButtonProps {
  /** A device; or a product and a customer, whose tenant is chosen. */
  about: { device_id: string } | { product_id: string; customer_id: string; tenant_id?: string };
}

/** "Why?": which pool a device or a tenant draws on, and why (LIC-13). */
export function WhyButton({ about }: WhyButtonProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        variant="default"
        size="compact-sm"
        leftSection={<IconHelp size={14} />}
        onClick={() => setOpen(true)}
      >
        {t('pools.why')}
      </Button>
      {open && (
        <FormDialog help="licences" title={t('pools.why_title')} onClose={() => setOpen(false)}>
          <DialogBody>
            {'device_id' in about ? <Answer asked={about} /> : <TenantWhy {...about} />}
          </DialogBody>
        </FormDialog>
      )}
    </>
  );
}

function TenantWhy(props: { product_id: string; customer_id: string; tenant_id?: string }) {
  const [tenant, setTenant] = useState<string | null>(props.tenant_id ?? null);
  return (
    <>
      <RecordPicker
        list="tenants"
        filter={{ customer_id: props.customer_id }}
        label={t('field.tenant_id')}
        value={tenant}
        onChange={setTenant}
      />
      {tenant && <Answer asked={{ tenant_id: tenant, product_id: props.product_id }} />}
    </>
  );
}

function Answer({ asked }: { asked: Asked }) {
  const { data, error } = useQuery({
    queryKey: ['licence_pools', 'why', asked],
    queryFn: ({ signal }) => read('/licence_pools/why', { query: { ...asked }, signal }),
  });
  if (error) return <p role="alert">{describeError(error)}</p>;
  if (!data) return <Skeleton height={60} mt={12} />;
  return <Reason why={data} />;
}

function Reason({ why }: { why: Why }) {
  return (
    <>
      <p>{why.sentence}</p>
      {why.pool && (
        <p>
          <Link {...recordLink('licence_pools', why.pool.id)!}>{t('blocks.pool')}</Link>{' '}
          <UsageBar used={why.pool.used} purchased={why.pool.purchased} />
        </p>
      )}
      {why.blocks.length > 0 && (
        <div className={table.scroll}>
          <table className={table.table} aria-label={t('pools.blocks')}>
            <thead>
              <tr>
                <th>{t('field.licences')}</th>
                <th>{t('field.order_date')}</th>
                <th>{t('field.expiration_date')}</th>
                <th>{t('field.status')}</th>
              </tr>
            </thead>
            <tbody>
              {why.blocks.map((block) => (
                <tr key={block.id}>
                  <td className="numbers">
                    <Link {...recordLink('licence_blocks', block.id)!}>
                      {formatNumber(block.licences)}
                    </Link>
                  </td>
                  <td>{formatDate(block.order_date)}</td>
                  <td>{formatDate(block.expiration_date)}</td>
                  <td>
                    <Status value={block.state} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
