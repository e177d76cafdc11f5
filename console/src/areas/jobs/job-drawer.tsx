import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { firstRowsQuery } from '@/api/records.ts';
import { FormDrawer } from '@/kit/form/form-drawer.tsx';
import { FormLoader } from '@/kit/form/form-shell.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { Facts } from '@/kit/record/panel.tsx';
import { Status } from '@/kit/status.tsx';
import { formatExact } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import classes from '../audit/event-drawer.module.css';
import { JobProgress } from './job-progress.tsx';
import { jobKind } from './job-kind.ts';

export function JobDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, isPending, error } = useQuery({
    ...firstRowsQuery('jobs', { ids: id }),
    refetchInterval: 2000,
  });
  return (
    <FormDrawer help="import" title={t('jobs.job')} onClose={onClose}>
      <FormLoader loading={isPending} error={error} record={data?.items[0]}>
        {(job) => {
          const link =
            job.kind.startsWith('import') && job.object_id
              ? recordLink('imports', job.object_id)
              : undefined;
          return (
            <div className={classes.root}>
              <Facts
                facts={[
                  [
                    t('jobs.kind'),
                    link ? <Link {...link}>{jobKind(job.kind)}</Link> : jobKind(job.kind),
                  ],
                  [t('jobs.state'), <Status value={job.state} />],
                  [t('jobs.progress'), <JobProgress job={job} />],
                  [t('jobs.message'), job.message],
                  [t('jobs.error'), job.error],
                  [t('jobs.by'), job.user_name],
                  [t('jobs.created'), formatExact(job.created_at)],
                  [t('jobs.started'), job.started_at && formatExact(job.started_at)],
                  [t('jobs.finished'), job.finished_at && formatExact(job.finished_at)],
                ]}
              />
            </div>
          );
        }}
      </FormLoader>
    </FormDrawer>
  );
}
