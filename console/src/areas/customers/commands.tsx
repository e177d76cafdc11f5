import {
  IconArrowsExchange,
  IconBan,
  IconCircleCheck,
  IconEdit,
  IconPencil,
  IconTrash,
  IconUserShare,
} from '@tabler/icons-react';
import { useRouter } from '@tanstack/react-router';
import { useCan, useSession, workAt } from '@/api/session.ts';
import { act } from '@/api/records.ts';
import type { Row } from '@/api/types.ts';
import type { Command } from '@/kit/commands.tsx';
import { useDialog } from '@/kit/dialog.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import { archiveCommand, attempt } from '@/kit/record/lifecycle.tsx';
import { t } from '@/text/t.ts';

/** What can be done with a customer, on its row and on its page (GRID-01). */
export function useCustomerCommands(): (row: Row<'customers'>) => Command[] {
  const can = useCan();
  const dialog = useDialog();
  const router = useRouter();
  // Below a provider there is only one reseller to be with.
  const above = ['platform', 'provider'].includes(useSession().node.type);
  return (row) => {
    const commands: Command[] = [];
    const archived = row.archived_at ? t('customers.archived_readonly') : undefined;
    if (can('customers:update')) {
      commands.push(
        {
          label: t('customers.edit'),
          icon: IconEdit,
          link: { to: '/customers/$id/edit', params: { id: row.id } },
          disabled: archived,
        },
        {
          label: t('customers.quick_edit'),
          icon: IconPencil,
          run: () => dialog.open('customer.quick', row.id),
          disabled: archived,
        },
        { ...accessCommand(row), disabled: archived },
        archiveCommand('customers', row, row.name),
      );
      if (above) {
        commands.push({
          label: t('move.command'),
          icon: IconArrowsExchange,
          run: () => dialog.open('customer.move', row.id),
          disabled: archived,
        });
      }
    }
    if (can('customers:work_as')) {
      commands.push({
        label: t('works_as.command'),
        icon: IconUserShare,
        run: () =>
          attempt(() =>
            workAt(row.id, () => router.navigate({ to: '/', search: { under: undefined } })),
          ),
        disabled: archived,
      });
    }
    if (can('customers:delete')) {
      commands.push({
        label: t('record.delete'),
        icon: IconTrash,
        danger: true,
        run: () => dialog.open('customer.delete', row.id),
      });
    }
    return commands;
  };
}

/** Disabling can be undone at once, so it offers that instead of asking. */
function accessCommand(row: Row<'customers'>): Command {
  const enabled = row.access === 'enabled';
  const put = (action: 'enable' | 'disable') => act('customers', row.id, action);
  return {
    label: t(enabled ? 'customers.disable' : 'customers.enable'),
    icon: enabled ? IconBan : IconCircleCheck,
    run: () =>
      attempt(async () => {
        await put(enabled ? 'disable' : 'enable');
        const message = t(enabled ? 'customers.disabled' : 'customers.enabled', { name: row.name });
        toast(message, () => put(enabled ? 'enable' : 'disable'));
      }),
  };
}
