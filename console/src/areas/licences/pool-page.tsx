import { Button } from '@mantine/core';
import { IconAlertTriangle, IconDevices } from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { firstRowsQuery } from '@/api/records.ts';
import { useCan } from '@/api/session.ts';
import type { RecordOf } from '@/api/types.ts';
import table from '@/kit/plain-table.module.css';
import { recordLink } from '@/kit/record/links.ts';
import { Notice } from '@/kit/record/notice.tsx';
import { Facts, Panel, Panels } from '@/kit/record/panel.tsx';
import { RecordPage } from '@/kit/record/record-page.tsx';
import { formatDate } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import { BlockDialogs } from './block-dialog.tsx';
import { AddBlockButton, BlockStatus } from './blocks-grid.tsx';
import { crumbsOf } from './crumbs.ts';
import { PoolHistory } from './pool-history.tsx';
import { UsageBar } from './usage.tsx';
import { WhyButton } from './why.tsx';

type Pool = RecordOf<'licence_pools'>;

export function PoolPage() {
  const { id, tab } = useParams({ strict: false });
  return (
    <RecordPage
      list="licence_pools"
      id={id!}
      tab={tab}
      help="licences"
      title={({ product_name, tenant_name }) =>
        t('licences.worst', { product: product_name, tenant: tenant_name ?? t('licences.global') })
      }
      crumbs={(pool) => crumbsOf('nav.licence_pools', '/licence-pools', pool)}
      badges={({ used, purchased }) => <UsageBar used={used} purchased={purchased} />}
      buttons={(pool) => (
        <>
          <DevicesButton pool={pool} />
          <AddBlockButton />
        </>
      )}
      alerts={({ has_begun }) =>
        !has_begun && (
          <Notice tone="warn" icon={IconAlertTriangle}>
            {t('pools.not_begun')}
          </Notice>
        )
      }
      groups={(pool) => [
        {
          label: t('record.overview'),
          tabs: [
            {
              name: '',
              label: t('record.overview'),
              content: () => <PoolOverview pool={pool} />,
            },
          ],
        },
      ]}
    />
  );
}

/** A tenant's pool is filled by its own devices; the Global one by those of several. */
function DevicesButton({ pool: { customer_id, product_id, tenant_id } }: { pool: Pool }) {
  const can = useCan();
  if (!can('devices:read')) return null;
  const search = { customer_id, product_id, 'status.in': 'active,suspended' };
  return (
    <Button
      variant="default"
      leftSection={<IconDevices size={15} />}
      renderRoot={(props) => (
        <Link {...props} to="/devices" search={tenant_id ? { ...search, tenant_id } : search} />
      )}
    >
      {t('pools.devices')}
    </Button>
  );
}

function PoolOverview({ pool }: { pool: Pool }) {
  const { customer_id, product_id, tenant_id } = pool;
  return (
    <>
      <Panels>
        <Panel
          title={t('pools.usage')}
          action={
            <WhyButton about={{ customer_id, product_id, tenant_id: tenant_id ?? undefined }} />
          }
        >
          <UsageBar wide used={pool.used} purchased={pool.purchased} />
          <Facts
            facts={[
              ...(pool.customer_name
                ? [
                    [
                      t('audit.customer'),
                      <Link {...recordLink('customers', customer_id)!}>{pool.customer_name}</Link>,
                    ] as [string, React.ReactNode],
                  ]
                : []),
              [
                t('field.product_id'),
                <Link {...recordLink('products', product_id)!}>{pool.product_name}</Link>,
              ],
              [t('field.tenant_id'), pool.tenant_name ?? t('licences.global')],
              [t('field.expiration_date'), pool.expires_on && formatDate(pool.expires_on)],
            ]}
          />
        </Panel>
        <Panel title={t('pools.history')}>
          <PoolHistory id={pool.id} />
        </Panel>
        <Panel wide title={t('pools.blocks')}>
          <PoolBlocks pool={pool} />
        </Panel>
      </Panels>
      <BlockDialogs initial={{ customer_id, product_id, tenant_id }} />
    </>
  );
}

function PoolBlocks({ pool: { customer_id, product_id, tenant_id } }: { pool: Pool }) {
  const whose = tenant_id ? { tenant_id } : { 'tenant_id.empty': 'true' };
  const query = { customer_id, product_id, ...whose, sort: 'expiration_date', limit: 100 };
  const { data } = useQuery(firstRowsQuery('licence_blocks', query));
  if (!data) return null;
  if (data.items.length === 0) return <p className="dim">{t('blocks.empty')}</p>;
  return (
    <div className={table.scroll}>
      <table className={table.table} aria-label={t('pools.blocks')}>
        <thead>
          <tr>
            <th>{t('blocks.used')}</th>
            <th>{t('field.order_date')}</th>
            <th>{t('field.expiration_date')}</th>
            <th>{t('field.sales_order')}</th>
            <th>{t('field.status')}</th>
          </tr>
        </thead>
        <tbody>
          {data.items.map((block) => (
            <tr key={block.id}>
              <td>
                <Link {...recordLink('licence_blocks', block.id)!}>
                  <UsageBar used={block.licences_used} purchased={block.licences} />
                </Link>
              </td>
              <td>{block.order_date && formatDate(block.order_date)}</td>
              <td>{block.expiration_date && formatDate(block.expiration_date)}</td>
              <td>{block.sales_order}</td>
              <td>
                <BlockStatus block={block} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
