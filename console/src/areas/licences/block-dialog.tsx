import { useQuery } from '@tanstack/react-query';
import { recordQuery } from '@/api/records.ts';
import type { AnyRow } from '@/api/types.ts';
import { useDialog } from '@/kit/dialog.ts';
import type { Values } from '@/kit/form/context.ts';
import { RecordDialog } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';
import { BlockFields } from './block-fields.tsx';
import { blockName, useOnlyProduct, type Block } from './blocks.ts';
import { NotRenewedDialog, RenewDialog } from './renewal-dialogs.tsx';

/** The blocks' dialogs, on whatever page they are opened. */
export function BlockDialogs({ initial }: { initial?: Values }) {
  const { dialog, record, close } = useDialog();
  if (dialog === 'block.renew' && record) return <RenewDialog id={record} onClose={close} />;
  if (dialog === 'block.not_renewed' && record) {
    return <NotRenewedDialog id={record} onClose={close} />;
  }
  if (dialog === 'block.edit' && record) return <EditBlock id={record} />;
  return dialog === 'block.add' ? <AddBlock initial={initial} /> : null;
}

function AddBlock({ initial }: { initial?: Values }) {
  const product = useOnlyProduct();
  if (product === undefined) return null;
  const customer = initial?.customer_id ? String(initial.customer_id) : undefined;
  return (
    <BlockForm
      initial={{ product_id: product, ...initial }}
      fields={() => <BlockFields customer={customer} />}
    />
  );
}

/** What is written of a block does not tell whose it is: the tenants to choose from need that. */
function EditBlock({ id }: { id: string }) {
  const block = useQuery(recordQuery('licence_blocks', id)).data;
  if (!block) return null;
  return <BlockForm fields={() => <BlockFields block={block} customer={block.customer_id} />} />;
}

interface BlockFormProps {
  initial?: Values;
  fields: () => React.ReactNode;
}

const BlockForm = ({ initial, fields }: BlockFormProps) => (
  <RecordDialog
    name="block"
    help="licences"
    list="licence_blocks"
    addTitle={t('blocks.add')}
    editTitle={t('blocks.edit')}
    initial={initial}
    nameOf={(row: AnyRow) => blockName(row as unknown as Block)}
    fields={fields}
  />
);
