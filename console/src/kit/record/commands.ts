import { IconEdit } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useCan } from '@/api/session.ts';
import type { RecordName } from '@/api/types.ts';
import type { HelpPage } from '@/areas/help/pages.ts';
import { t } from '@/text/t.ts';
import type { Command } from '../commands.tsx';
import { useDialog } from '../dialog.ts';
import { archiveCommand, deleteCommand } from './lifecycle.tsx';

interface Stored {
  id: string;
  version: number;
  archived_at?: string | null;
}

interface RecordCommands<T extends Stored> {
  list: RecordName;
  /** Whose permissions they are; mostly the list's own. */
  permission?: string;
  help: HelpPage;
  /** The word in the dialogs' addresses. */
  dialog: string;
  nameOf: (row: T) => string;
  archivable?: boolean;
  /** Whether such records can be deleted at all. */
  deletes?: boolean;
  /** Why this one cannot be deleted, if so. */
  keeps?: (row: T) => string | undefined;
  /** What follows from deleting it, where that is more than its end. */
  consequence?: (row: T) => ReactNode;
  /** Commands of its own, between edit and archive. */
  more?: (row: T) => Command[];
  onDeleted?: () => void | Promise<void>;
}

/** Edit, archive, delete: what can be done with most records. */
export function useRecordCommands<T extends Stored>(options: RecordCommands<T>) {
  const can = useCan();
  const dialog = useDialog();
  const { list, nameOf, permission = list } = options;
  return (row: T): Command[] => {
    const commands: Command[] = [];
    if (can(`${permission}:update`)) {
      commands.push({
        label: t('record.edit'),
        icon: IconEdit,
        run: () => dialog.open(`${options.dialog}.edit`, row.id),
        disabled: row.archived_at ? t('record.readonly') : undefined,
      });
      commands.push(...(options.more?.(row) ?? []));
      if (options.archivable) commands.push(archiveCommand(list, row, nameOf(row)));
    }
    if (options.deletes !== false && can(`${permission}:delete`)) {
      commands.push({
        ...deleteCommand({
          list,
          help: options.help,
          id: row.id,
          version: row.version,
          name: nameOf(row),
          body: options.consequence?.(row),
          onDeleted: options.onDeleted,
        }),
        disabled: options.keeps?.(row),
      });
    }
    return commands;
  };
}
