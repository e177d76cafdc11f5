import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { AddButton } from '@/kit/record/record-dialog.tsx';
import { Status } from '@/kit/status.tsx';
import { formatDate } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import { CustomerCell } from '../customers/customer-cell.tsx';
import { useBlockCommands } from './block-commands.tsx';
import { BlockDialogs } from './block-dialog.tsx';
import type { Block } from './blocks.ts';

interface BlocksGridProps {
  fixed?: Record<string, string>;
  hide?: string[];
  bare?: boolean;
}

export const AddBlockButton = () => (
  <AddButton name="block" label={t('blocks.add')} permission="licences:create" />
);

export function BlocksGrid({ fixed, hide, bare }: BlocksGridProps) {
  const commands = useBlockCommands();
  return (
    <>
      <DataGrid
        list="licence_blocks"
        label={t('nav.licence_blocks')}
        sort="expiration_date"
        fixed={fixed}
        hide={hide}
        nameColumn="product_id"
        link={({ id }) => recordLink('licence_blocks', id)!}
        commands={commands}
        cells={{
          customer_id: (row) => <CustomerCell {...row} />,
          product_id: ({ product_name }) => product_name,
          tenant_id: ({ tenant_name }) => tenant_name ?? t('licences.global'),
          state: (row) => <BlockStatus block={row} />,
        }}
        empty={{
          title: t('blocks.empty'),
          lead: t('blocks.empty_lead'),
          action: <AddBlockButton />,
        }}
        actions={bare ? undefined : <AddBlockButton />}
      />
      <BlockDialogs initial={fixed} />
    </>
  );
}

/** Before it counts, since when it will (LIC-03); expired and decided is nothing to worry about. */
export function BlockStatus({ block }: { block: Block }) {
  const { state, is_undecided: undecided, order_date: order } = block;
  if (state === 'upcoming' && order) {
    return <Status value={state} label={t('blocks.from', { date: formatDate(order) })} />;
  }
  return <Status value={state} tone={state === 'expired' && !undecided ? 'off' : undefined} />;
}
