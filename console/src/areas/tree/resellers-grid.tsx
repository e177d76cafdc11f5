import { Link } from '@tanstack/react-router';
import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { AddButton } from '@/kit/record/record-dialog.tsx';
import { formatNumber } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import { ResellerDialog, useResellerCommands } from './reseller-dialog.tsx';

interface ResellersGridProps {
  fixed?: Record<string, string>;
  hide?: string[];
  bare?: boolean;
}

export function ResellersGrid({ fixed, hide, bare }: ResellersGridProps) {
  const commands = useResellerCommands();
  const add = (
    <AddButton name="reseller" label={t('resellers.add')} permission="resellers:create" />
  );
  return (
    <>
      <DataGrid
        list="resellers"
        label={t('nav.resellers')}
        sort="name"
        archivable
        fixed={fixed}
        hide={hide}
        link={({ id }) => recordLink('resellers', id)!}
        commands={commands}
        cells={{
          customers_count: ({ id, customers_count }) => (
            <Link to="/customers" search={{ reseller_id: id }} className="cell-link numbers">
              {formatNumber(customers_count)}
            </Link>
          ),
        }}
        empty={{ title: t('resellers.empty'), lead: t('resellers.empty_lead'), action: add }}
        actions={bare ? undefined : add}
      />
      <ResellerDialog initial={fixed} />
    </>
  );
}
