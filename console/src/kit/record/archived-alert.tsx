import { IconArchive } from '@tabler/icons-react';
import { formatDay } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import { Notice } from './notice.tsx';

export function ArchivedAlert({ at }: { at: string | null | undefined }) {
  if (!at) return null;
  return (
    <Notice tone="off" icon={IconArchive}>
      {t('record.archived_alert', { when: formatDay(at) })}
    </Notice>
  );
}
