import { IconCalendarRepeat, IconCalendarX } from '@tabler/icons-react';
import { useCan } from '@/api/session.ts';
import type { Command } from '@/kit/commands.tsx';
import { useDialog } from '@/kit/dialog.ts';
import { useRecordCommands } from '@/kit/record/commands.ts';
import { t } from '@/text/t.ts';
import { blockName, type Block } from './blocks.ts';
import { DeletionChanges } from './changes.tsx';

export function useBlockCommands(onDeleted?: () => void | Promise<void>) {
  const dialog = useDialog();
  const can = useCan();
  return useRecordCommands<Block>({
    list: 'licence_blocks',
    permission: 'licences',
    help: 'licences',
    dialog: 'block',
    nameOf: blockName,
    consequence: ({ id }) => <DeletionChanges id={id} />,
    onDeleted,
    more: (row) => {
      const renewed = row.renewed_by ? t('blocks.renewed_already') : undefined;
      const commands: Command[] = [];
      if (can('licences:create')) {
        commands.push({
          label: t('blocks.renew'),
          icon: IconCalendarRepeat,
          run: () => dialog.open('block.renew', row.id),
          disabled: renewed,
        });
      }
      commands.push({
        label: t('blocks.not_renewed'),
        icon: IconCalendarX,
        run: () => dialog.open('block.not_renewed', row.id),
        disabled: renewed ?? (row.not_renewed_at ? t('blocks.not_renewed_already') : undefined),
      });
      return commands;
    },
  });
}
