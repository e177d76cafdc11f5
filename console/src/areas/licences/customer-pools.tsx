import { Link, type LinkProps } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { firstRowsQuery } from '@/api/records.ts';
import { recordLink } from '@/kit/record/links.ts';
import { Facts, Panel } from '@/kit/record/panel.tsx';
import { t } from '@/text/t.ts';
import { UsageBar } from './usage.tsx';

interface CustomerPoolsProps {
  /** None in the customer's own workspace, where there is no other. */
  customerId: string | undefined;
  all: LinkProps;
}

/** A customer's licences at a glance: its worst pools first. */
export function CustomerPools({ customerId, all }: CustomerPoolsProps) {
  const query = { ...(customerId && { customer_id: customerId }), sort: '-excess', limit: 6 };
  const { data } = useQuery(firstRowsQuery('licence_pools', query));
  if (!data) return null;
  return (
    <Panel title={t('licences.title')} action={<Link {...all}>{t('licences.by_pool')}</Link>}>
      {data.items.length === 0 ? (
        <p className="dim">{t('licences.overview_empty')}</p>
      ) : (
        <Facts
          facts={data.items.map((pool) => [
            t('licences.worst', {
              product: pool.product_name,
              tenant: pool.tenant_name ?? t('licences.global'),
            }),
            <Link {...recordLink('licence_pools', pool.id)!} className="cell-link">
              <UsageBar wide used={pool.used} purchased={pool.purchased} />
            </Link>,
          ])}
        />
      )}
    </Panel>
  );
}
