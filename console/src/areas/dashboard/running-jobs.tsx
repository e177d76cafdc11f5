import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { firstRowsQuery } from '@/api/records.ts';
import { Facts, Panel } from '@/kit/record/panel.tsx';
import { Status } from '@/kit/status.tsx';
import { t } from '@/text/t.ts';
import { jobKind } from '../jobs/job-kind.ts';
import { JobProgress } from '../jobs/job-progress.tsx';

/** What the server is busy with; nothing when it is not. */
export function RunningJobs() {
  const query = { 'state.in': 'queued,running', sort: '-created_at', limit: 5 };
  const { data } = useQuery({ ...firstRowsQuery('jobs', query), refetchInterval: 5000 });
  if (!data?.items.length) return null;
  return (
    <Panel wide title={t('jobs.running')} action={<Link to="/jobs">{t('jobs.all')}</Link>}>
      <Facts
        facts={data.items.map((job) => [
          jobKind(job.kind),
          <>
            <Status value={job.state} /> <JobProgress job={job} />
          </>,
        ])}
      />
    </Panel>
  );
}
