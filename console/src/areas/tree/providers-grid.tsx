import { Link } from '@tanstack/react-router';
import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { formatNumber } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import { ProviderDialog, useProviderCommands } from './provider-dialog.tsx';

export function ProvidersGrid() {
  const commands = useProviderCommands();
  return (
    <>
      <DataGrid
        list="providers"
        label={t('nav.providers')}
        sort="name"
        link={({ id }) => recordLink('providers', id)!}
        commands={commands}
        cells={{
          customers_count: ({ id, customers_count }) => (
            <Link to="/customers" search={{ provider_id: id }} className="cell-link numbers">
              {formatNumber(customers_count)}
            </Link>
          ),
          resellers_count: ({ id, resellers_count }) => (
            <Link to="/resellers" search={{ provider_id: id }} className="cell-link numbers">
              {formatNumber(resellers_count)}
            </Link>
          ),
        }}
      />
      <ProviderDialog />
    </>
  );
}
