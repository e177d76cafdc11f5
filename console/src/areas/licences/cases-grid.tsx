import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { t } from '@/text/t.ts';
import { CustomerCell } from '../customers/customer-cell.tsx';
import { CaseDialogs, useCaseCommands } from './case-commands.tsx';

interface CasesGridProps {
  fixed?: Record<string, string>;
  hide?: string[];
}

export function CasesGrid({ fixed, hide }: CasesGridProps) {
  const commands = useCaseCommands();
  return (
    <>
      <DataGrid
        list="overuse_cases"
        label={t('nav.overuse_cases')}
        sort="-opened_at"
        fixed={fixed}
        hide={hide}
        nameColumn="product_id"
        link={({ id }) => recordLink('overuse_cases', id)!}
        commands={commands}
        cells={{
          customer_id: (row) => <CustomerCell {...row} />,
          product_id: ({ product_name }) => product_name,
          tenant_id: ({ tenant_name }) => tenant_name ?? t('licences.global'),
        }}
        empty={{ title: t('cases.empty'), lead: t('cases.empty_lead') }}
      />
      <CaseDialogs />
    </>
  );
}
