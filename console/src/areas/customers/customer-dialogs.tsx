import { useDialog } from '@/kit/dialog.ts';
import { DeleteCustomer } from './delete-customer.tsx';
import { QuickAdd } from './quick-add.tsx';
import { QuickEdit } from './quick-edit.tsx';

/** The customers' dialogs, on whatever page of theirs they are opened. */
export function CustomerDialogs({ onDeleted }: { onDeleted?: () => void }) {
  const { dialog, record, close } = useDialog();
  if (dialog === 'customer.add') return <QuickAdd onClose={close} />;
  if (dialog === 'customer.quick' && record) return <QuickEdit id={record} onClose={close} />;
  if (dialog === 'customer.delete' && record) {
    return <DeleteCustomer id={record} onClose={close} onDeleted={onDeleted ?? close} />;
  }
  return null;
}
