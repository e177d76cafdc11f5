import { IconBan } from '@tabler/icons-react';
import { act } from '@/api/records.ts';
import { useDialog } from '@/kit/dialog.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { Page } from '@/kit/page/page.tsx';
import { attempt } from '@/kit/record/lifecycle.tsx';
import { t } from '@/text/t.ts';
import { JobDrawer } from './job-drawer.tsx';
import { jobKind } from './job-kind.ts';
import { JobProgress } from './job-progress.tsx';

/** Work that the server does on its own: what, how far, and a way to stop it. */
export function JobsPage() {
  const dialog = useDialog();
  return (
    <Page title={t('nav.jobs')} help="import" fill>
      <DataGrid
        list="jobs"
        label={t('nav.jobs')}
        sort="-created_at"
        refreshEvery={3000}
        nameColumn="kind"
        open={({ id }) => dialog.open('job.view', id)}
        cells={{
          kind: ({ kind }) => jobKind(kind),
          progress_done: (job) => <JobProgress job={job} />,
        }}
        commands={(job) => [
          {
            label: t('jobs.cancel'),
            icon: IconBan,
            danger: true,
            disabled:
              job.state === 'queued' || job.state === 'running' ? undefined : t('jobs.over'),
            run: () =>
              attempt(async () => {
                await act('jobs', job.id, 'cancel');
                toast(t('jobs.cancelled'));
              }),
          },
        ]}
        empty={{ title: t('jobs.empty'), lead: t('jobs.empty_lead') }}
      />
      {dialog.dialog === 'job.view' && dialog.record && (
        <JobDrawer id={dialog.record} onClose={dialog.close} />
      )}
    </Page>
  );
}
