import { IconArchive } from '@tabler/icons-react';
import { formatDay } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import classes from './archived-alert.module.css';

export function ArchivedAlert({ at }: { at: string | null | undefined }) {
  if (!at) return null;
  return (
    <p className={classes.root}>
      <IconArchive size={16} aria-hidden />
      {t('record.archived_alert', { when: formatDay(at) })}
    </p>
  );
}
