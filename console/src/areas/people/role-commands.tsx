import { IconCopy } from '@tabler/icons-react';
import { useCan } from '@/api/session.ts';
import type { Row } from '@/api/types.ts';
import { useDialog } from '@/kit/dialog.ts';
import { useRecordCommands } from '@/kit/record/commands.ts';
import { t } from '@/text/t.ts';

type Role = Row<'roles'>;

/** Built-in roles are only cloned; the others are changed and deleted too. */
export function useRoleCommands(onDeleted?: () => void | Promise<void>) {
  const can = useCan();
  const dialog = useDialog();
  const own = useRecordCommands<Role>({
    list: 'roles',
    help: 'roles',
    dialog: 'role',
    nameOf: ({ full_name }) => full_name,
    onDeleted,
  });
  return (role: Role) => {
    const commands = own(role).map((command) =>
      role.built_in ? { ...command, disabled: t('roles.fixed') } : command,
    );
    if (can('roles:create')) {
      const clone = () => dialog.open('role.clone', role.id);
      commands.unshift({ label: t('roles.clone'), icon: IconCopy, run: clone });
    }
    return commands;
  };
}
