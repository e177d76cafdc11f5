import {
  IconArrowsExchange,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlugConnectedX,
} from '@tabler/icons-react';
import { act } from '@/api/records.ts';
import type { Row } from '@/api/types.ts';
import type { Command } from '@/kit/commands.tsx';
import { useDialog } from '@/kit/dialog.ts';
import { confirm } from '@/kit/feedback/confirm.tsx';
import { toast } from '@/kit/feedback/toast.tsx';
import { useRecordCommands } from '@/kit/record/commands.ts';
import { attempt } from '@/kit/record/lifecycle.tsx';
import { useSession } from '@/api/session.ts';
import { t } from '@/text/t.ts';

export type Device = Row<'devices'>;

export function useDeviceCommands() {
  const dialog = useDialog();
  // A customer's own people know no other customer.
  const inside = useSession().node.type === 'customer';
  return useRecordCommands<Device>({
    list: 'devices',
    help: 'licences',
    dialog: 'device',
    nameOf: ({ identifier }) => identifier,
    // It is never deleted: its record stays when it is deregistered.
    deletes: false,
    more: (row) => {
      const over = row.status === 'deregistered' ? t('devices.is_deregistered') : undefined;
      const commands: Command[] = [{ ...pauseCommand(row), disabled: over }];
      if (!inside) {
        commands.push({
          label: t('devices.move'),
          icon: IconArrowsExchange,
          run: () => dialog.open('device.move', row.id),
        });
      }
      commands.push({
        label: t('devices.deregister'),
        icon: IconPlugConnectedX,
        danger: true,
        run: () => void deregister(row),
        disabled: over,
      });
      return commands;
    },
  });
}

/** Suspending can be undone at once, so it offers that instead of asking. */
function pauseCommand({ id, identifier: name, status }: Device): Command {
  const suspended = status === 'suspended';
  const put = (action: 'suspend' | 'resume') => act('devices', id, action);
  return {
    label: t(suspended ? 'devices.resume' : 'devices.suspend'),
    icon: suspended ? IconPlayerPlay : IconPlayerPause,
    run: () =>
      attempt(async () => {
        await put(suspended ? 'resume' : 'suspend');
        toast(t(suspended ? 'devices.resumed' : 'devices.suspended', { name }), () =>
          put(suspended ? 'suspend' : 'resume'),
        );
      }),
  };
}

const deregister = ({ id, identifier: name }: Device) =>
  confirm({
    help: 'licences',
    title: t('devices.deregister_title', { name }),
    body: t('devices.deregister_body'),
    verb: t('devices.deregister'),
    danger: true,
    audited: true,
    act: async ({ reason }) => {
      await act('devices', id, 'deregister', undefined, reason);
      toast(t('devices.deregistered', { name }));
    },
  });
