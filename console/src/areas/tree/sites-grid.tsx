import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { AddButton } from '@/kit/record/record-dialog.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { t } from '@/text/t.ts';
import { CustomerCell } from '../customers/customer-cell.tsx';
import { SiteDialog, useSiteCommands } from './site-dialog.tsx';

interface SitesGridProps {
  fixed?: Record<string, string>;
  hide?: string[];
  /** On the sites' own page the button is at the top. */
  bare?: boolean;
}

export function SitesGrid({ fixed, hide, bare }: SitesGridProps) {
  const commands = useSiteCommands();
  const add = <AddButton name="site" label={t('sites.add')} permission="sites:create" />;
  return (
    <>
      <DataGrid
        list="sites"
        label={t('nav.sites')}
        sort="name"
        archivable
        fixed={fixed}
        hide={hide}
        link={({ id }) => recordLink('sites', id)!}
        commands={commands}
        cells={{ customer_id: (row) => <CustomerCell {...row} /> }}
        empty={{ title: t('sites.empty'), lead: t('sites.empty_lead'), action: add }}
        actions={bare ? undefined : add}
      />
      <SiteDialog initial={fixed} />
    </>
  );
}
