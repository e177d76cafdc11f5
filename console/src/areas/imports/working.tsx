import { Button, Progress } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { act, firstRowsQuery } from '@/api/records.ts';
import type { Import } from '@/api/types.ts';
import { attempt } from '@/kit/record/lifecycle.tsx';
import { Panel } from '@/kit/record/panel.tsx';
import { t } from '@/text/t.ts';
import { Tally } from './tally.tsx';
import classes from './working.module.css';

const heading = (state: string) => {
  if (state === 'undoing') return 'imports.undoing';
  return state === 'applying' ? 'imports.applying' : 'imports.planning';
};

/** While the server reads or writes: how far, what so far, and a way to stop. */
export function Working({ record }: { record: Import }) {
  const job = useQuery({
    ...firstRowsQuery('jobs', { ids: record.job_id ?? '' }),
    enabled: Boolean(record.job_id),
    refetchInterval: 700,
  }).data?.items[0];
  const done = job?.progress_done ?? 0;
  const total = job?.progress_total ?? 0;
  return (
    <Panel
      title={t(heading(record.state))}
      action={
        <Button
          variant="default"
          onClick={() => attempt(() => act('imports', record.id, 'cancel'))}
        >
          {t('action.cancel')}
        </Button>
      }
    >
      <Progress
        value={total ? Math.round((done / total) * 100) : 100}
        size={8}
        animated={!total}
        aria-label={t('jobs.progress')}
      />
      <p className={classes.line} role="status">
        {total ? t('imports.rows_of', { done, total }) : t('imports.rows_done', { count: done })}
        {job?.message && <span className="dim"> {job.message}</span>}
      </p>
      <Tally counts={record.counts} />
      <p className="dim">{t('imports.may_leave')}</p>
    </Panel>
  );
}
