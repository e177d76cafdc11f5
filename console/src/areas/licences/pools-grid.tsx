import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { t } from '@/text/t.ts';
import { CustomerCell } from '../customers/customer-cell.tsx';
import { UsageBar } from './usage.tsx';

interface PoolsGridProps {
  fixed?: Record<string, string>;
  hide?: string[];
}

export const PoolsGrid = ({ fixed, hide }: PoolsGridProps) => (
  <DataGrid
    list="licence_pools"
    label={t('nav.licence_pools')}
    sort="-excess"
    fixed={fixed}
    hide={hide}
    nameColumn="product_id"
    link={({ id }) => recordLink('licence_pools', id)!}
    cells={{
      customer_id: (row) => <CustomerCell {...row} />,
      product_id: ({ product_name }) => product_name,
      tenant_id: ({ tenant_name }) => tenant_name ?? t('licences.global'),
      is_over: ({ is_over, used, purchased }) =>
        is_over ? <UsageBar used={used} purchased={purchased} /> : t('value.no'),
    }}
    empty={{ title: t('pools.empty'), lead: t('pools.empty_lead') }}
  />
);
