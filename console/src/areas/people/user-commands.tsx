import {
  IconDeviceMobileOff,
  IconKey,
  IconLock,
  IconLockOpen,
  IconUnlink,
  IconUserCheck,
  IconUserOff,
} from '@tabler/icons-react';
import { act } from '@/api/records.ts';
import { useSession } from '@/api/session.ts';
import type { Row } from '@/api/types.ts';
import type { Command } from '@/kit/commands.tsx';
import { useDialog } from '@/kit/dialog.ts';
import { confirm } from '@/kit/feedback/confirm.tsx';
import { toast } from '@/kit/feedback/toast.tsx';
import { useRecordCommands } from '@/kit/record/commands.ts';
import { attempt } from '@/kit/record/lifecycle.tsx';
import { t } from '@/text/t.ts';

type User = Row<'users'>;

export function useUserCommands(onDeleted?: () => void | Promise<void>) {
  const dialog = useDialog();
  const { user: self } = useSession();
  return useRecordCommands<User>({
    list: 'users',
    help: 'people',
    dialog: 'user',
    nameOf: ({ email }) => email,
    keeps: ({ id }) => (id === self.id ? t('users.not_yourself') : undefined),
    onDeleted,
    more: (row) => {
      const own = row.id === self.id ? t('users.not_yourself') : undefined;
      const commands: Command[] = [
        {
          label: t('users.set_password'),
          icon: IconKey,
          disabled: own && t('users.own_password'),
          run: () => dialog.open('user.password', row.id),
        },
        { ...accessCommand(row), disabled: own },
      ];
      if (row.status === 'active') {
        commands.push({
          label: t('users.lock'),
          icon: IconLock,
          disabled: own,
          run: () => lock(row, 'lock', 'unlock'),
        });
      }
      if (row.second_factor) {
        commands.push({
          label: t('users.reset_factor'),
          icon: IconDeviceMobileOff,
          disabled: own && t('users.own_factor'),
          run: () => void resetFactor(row),
        });
      }
      if (row.single_sign_on) {
        commands.push({
          label: t('sso.unlink'),
          icon: IconUnlink,
          run: () => void unlink(row),
        });
      }
      if (row.status === 'locked') {
        commands.unshift({
          label: t('users.unlock'),
          icon: IconLockOpen,
          run: () => lock(row, 'unlock', 'lock'),
        });
      }
      return commands;
    },
  });
}

/** For somebody who lost it. */
const resetFactor = ({ id, email }: User) =>
  confirm({
    help: 'people',
    title: t('users.reset_factor_of', { name: email }),
    body: t('users.reset_factor_body'),
    verb: t('users.reset_factor'),
    danger: true,
    audited: true,
    act: async ({ reason }) => {
      await act('users', id, 'reset_second_factor', undefined, reason);
      toast(t('users.factor_reset', { name: email }));
    },
  });

/** For somebody who is another one at the identity provider now. */
const unlink = ({ id, email }: User) =>
  confirm({
    help: 'single_sign_on',
    title: t('sso.unlink_of', { name: email }),
    body: t('sso.unlink_body'),
    verb: t('sso.unlink'),
    danger: true,
    audited: true,
    act: async ({ reason }) => {
      await act('users', id, 'unlink_sso', undefined, reason);
      toast(t('sso.unlinked', { name: email }));
    },
  });

const lock = ({ id, email }: User, action: 'lock' | 'unlock', back: 'lock' | 'unlock') =>
  attempt(async () => {
    await act('users', id, action);
    toast(t(`users.${action}ed`, { name: email }), () => act('users', id, back));
  });

function accessCommand({ id, email, status }: User): Command {
  const disabled = status === 'disabled';
  const put = (action: 'enable' | 'disable') => act('users', id, action);
  return {
    label: t(disabled ? 'users.enable' : 'users.disable'),
    icon: disabled ? IconUserCheck : IconUserOff,
    run: () =>
      attempt(async () => {
        await put(disabled ? 'enable' : 'disable');
        toast(t(disabled ? 'users.enabled' : 'users.disabled', { name: email }), () =>
          put(disabled ? 'disable' : 'enable'),
        );
      }),
  };
}
