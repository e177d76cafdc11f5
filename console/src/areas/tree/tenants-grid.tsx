import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { AddButton } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';
import { CustomerCell } from '../customers/customer-cell.tsx';
import { TenantDialog, useTenantCommands } from './tenant-dialog.tsx';

interface TenantsGridProps {
  fixed?: Record<string, string>;
  hide?: string[];
  bare?: boolean;
}

export function TenantsGrid({ fixed, hide, bare }: TenantsGridProps) {
  const commands = useTenantCommands();
  const add = <AddButton name="tenant" label={t('tenants.add')} permission="tenants:create" />;
  return (
    <>
      <DataGrid
        list="tenants"
        label={t('nav.tenants')}
        sort="name"
        archivable
        fixed={fixed}
        hide={hide}
        link={({ id }) => recordLink('tenants', id)!}
        commands={commands}
        cells={{ customer_id: (row) => <CustomerCell {...row} /> }}
        empty={{ title: t('tenants.empty'), action: add }}
        actions={bare ? undefined : add}
      />
      <TenantDialog initial={fixed} />
    </>
  );
}
