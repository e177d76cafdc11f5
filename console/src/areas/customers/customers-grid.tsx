import { DataGrid, type GridProps } from '@/kit/grid/data-grid.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { Status } from '@/kit/status.tsx';
import { t } from '@/text/t.ts';
import { LicenceBadge, WorstUsage } from '../licences/usage.tsx';
import { CountLink } from './count-link.tsx';
import { useCustomerCommands } from './commands.tsx';

/** Customers wherever they are listed: all of them, those of a reseller, of a provider. */
export function CustomersGrid(props: Pick<GridProps<'customers'>, 'fixed' | 'hide' | 'empty'>) {
  const commands = useCustomerCommands();
  return (
    <DataGrid
      list="customers"
      label={t('customers.title')}
      sort="name"
      archivable
      link={({ id }) => recordLink('customers', id)!}
      commands={commands}
      cells={{
        status: ({ status }) => <Status value={status} />,
        sites_count: ({ id, sites_count }) => <CountLink id={id} tab="sites" count={sites_count} />,
        tenants_count: ({ id, tenants_count }) => (
          <CountLink id={id} tab="tenants" count={tenants_count} />
        ),
        contacts_count: ({ id, contacts_count }) => (
          <CountLink id={id} tab="contacts" count={contacts_count} />
        ),
        devices_count: ({ id, devices_count }) => (
          <CountLink id={id} tab="devices" count={devices_count} />
        ),
        licences_excess: (row) => <WorstUsage {...row} />,
        licence_status: (row) => <LicenceBadge status={row.licence_status} />,
        users_count: ({ id, users_count }) => <CountLink id={id} tab="users" count={users_count} />,
      }}
      {...props}
    />
  );
}
