import { IconArchive, IconArchiveOff, IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { isApiError } from '@/api/problem.ts';
import { act, deleteRecord } from '@/api/records.ts';
import type { Blocker, RecordName } from '@/api/types.ts';
import type { HelpPage } from '@/areas/help/pages.ts';
import { formatNumber } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import type { Command } from '../commands.tsx';
import { confirm } from '../feedback/confirm.tsx';
import { toast, toastError } from '../feedback/toast.tsx';

/** Runs what a command does; a failure is told, never swallowed. */
export function attempt(work: () => Promise<unknown>): void {
  work().catch(toastError);
}

interface Archivable {
  id: string;
  archived_at?: string | null;
}

/** No dialog: archiving can be undone, so it offers just that. */
export function archiveCommand(list: RecordName, row: Archivable, name: string): Command {
  const put = (action: 'archive' | 'unarchive') => act(list, row.id, action);
  if (row.archived_at) {
    return {
      label: t('record.unarchive'),
      icon: IconArchiveOff,
      run: () =>
        attempt(async () => {
          await put('unarchive');
          toast(t('toast.unarchived', { name }), () => put('archive'));
        }),
    };
  }
  return {
    label: t('record.archive'),
    icon: IconArchive,
    run: () =>
      attempt(async () => {
        await put('archive');
        toast(t('toast.archived', { name }), () => put('unarchive'));
      }),
  };
}

interface Deletion {
  list: RecordName;
  help: HelpPage;
  id: string;
  version: number;
  name: string;
  /** What follows. */
  body?: ReactNode;
  onDeleted?: () => void | Promise<void>;
}

export function deleteCommand(deletion: Deletion): Command {
  return {
    label: t('record.delete'),
    icon: IconTrash,
    danger: true,
    run: () => void askDelete(deletion),
  };
}

export async function askDelete({ list, help, id, version, name, body, onDeleted }: Deletion) {
  const consent = await confirm({
    help,
    title: t('record.delete_title', { name }),
    body: body ?? t('record.delete_body'),
    verb: t('record.delete'),
    danger: true,
    audited: true,
  });
  if (!consent) return;
  try {
    await onDeleted?.();
    await deleteRecord(list, id, version, consent.reason);
    toast(t('toast.deleted', { name }));
  } catch (error) {
    if (isApiError(error) && error.blockers.length > 0)
      void tellBlockers(help, name, error.blockers);
    else toastError(error);
  }
}

const tellBlockers = (help: HelpPage, name: string, blockers: Blocker[]) =>
  confirm({
    help,
    title: t('record.blocked_title', { name }),
    body: <Blockers blockers={blockers} />,
    verb: t('action.close'),
    safe: null,
  });

/** What stands in the way, counted and linked. */
export function Blockers({ blockers }: { blockers: Blocker[] }) {
  return (
    <>
      <p>{t('record.blocked_lead')}</p>
      <ul>
        {blockers.map(({ kind, label, count, href }) => (
          <li key={kind}>
            {href ? (
              <a href={href}>{`${formatNumber(count)} ${label}`}</a>
            ) : (
              `${formatNumber(count)} ${label}`
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
