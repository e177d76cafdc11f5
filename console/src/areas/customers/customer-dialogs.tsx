import { useDialog } from '@/kit/dialog.ts';
import { later } from '@/kit/later.tsx';

const QuickAdd = later(async () => (await import('./quick-add.tsx')).QuickAdd);
const QuickEdit = later(async () => (await import('./quick-edit.tsx')).QuickEdit);
const MoveCustomer = later(async () => (await import('./move-customer.tsx')).MoveCustomer);
const DeleteCustomer = later(async () => (await import('./delete-customer.tsx')).DeleteCustomer);

/** The customers' dialogs, on whatever page of theirs they are opened. */
export function CustomerDialogs({ onDeleted }: { onDeleted?: () => void | Promise<void> }) {
  const { dialog, record, close } = useDialog();
  if (dialog === 'customer.add') return <QuickAdd onClose={close} />;
  if (dialog === 'customer.quick' && record) return <QuickEdit id={record} onClose={close} />;
  if (dialog === 'customer.move' && record) return <MoveCustomer id={record} onClose={close} />;
  if (dialog === 'customer.delete' && record) {
    return <DeleteCustomer id={record} onClose={close} onDeleted={onDeleted ?? close} />;
  }
  return null;
}
