import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { firstRowsQuery } from '@/api/records.ts';
import { recordLink } from '@/kit/record/links.ts';
import { Panel } from '@/kit/record/panel.tsx';
import { Status } from '@/kit/status.tsx';
import { Instant } from '@/kit/value.tsx';
import { t } from '@/text/t.ts';
import table from '@/kit/plain-table.module.css';

/** Who came last; nothing while there is nobody. */
export function NewestCustomers({ under }: { under: string | undefined }) {
  const { data } = useQuery(firstRowsQuery('customers', { under, sort: '-created_at', limit: 8 }));
  if (!data?.items.length) return null;
  return (
    <Panel
      wide
      title={t('dashboard.newest')}
      action={
        <Link to="/customers" search={{ sort: '-created_at' }}>
          {t('dashboard.all_customers')}
        </Link>
      }
    >
      <div className={table.scroll}>
        <table className={table.table} aria-label={t('dashboard.newest')}>
          <tbody>
            {data.items.map((customer) => (
              <tr key={customer.id}>
                <td>
                  <Link {...recordLink('customers', customer.id)!}>{customer.name}</Link>
                </td>
                <td className="mono">{customer.customer_id}</td>
                <td>
                  <Status value={customer.status} />
                </td>
                <td className={table.minor}>{customer.reseller_name ?? customer.provider_name}</td>
                <td className="dim">
                  <Instant iso={customer.created_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
