import { Progress } from '@mantine/core';
import type { Row } from '@/api/types.ts';
import { formatNumber } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import classes from './job-progress.module.css';

type Job = Pick<Row<'jobs'>, 'progress_done' | 'progress_total' | 'state'>;

/** A bar and the numbers: a bar alone says too little. */
export function JobProgress({ job }: { job: Job }) {
  const { progress_done: done, progress_total: total, state } = job;
  const share = total
    ? Math.min(100, Math.round((done / total) * 100))
    : state === 'done'
      ? 100
      : 0;
  const text = total ? t('jobs.of', { done, total }) : done > 0 ? formatNumber(done) : '';
  return (
    <span className={classes.root}>
      {(total || state === 'running') && (
        <Progress
          value={share}
          size={6}
          className={classes.bar}
          color={state === 'failed' ? 'red' : undefined}
          animated={state === 'running'}
          aria-label={t('jobs.progress')}
        />
      )}
      <span className="numbers">{text}</span>
    </span>
  );
}
