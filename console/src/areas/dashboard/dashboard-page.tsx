import { useQueries } from '@tanstack/react-query';
import { Link, Navigate } from '@tanstack/react-router';
import { firstRowsQuery } from '@/api/records.ts';
import { useCan, useOwnCustomer, useSession } from '@/api/session.ts';
import { Page } from '@/kit/page/page.tsx';
import { Counts } from '@/kit/record/counts.tsx';
import { Panel, Panels } from '@/kit/record/panel.tsx';
import { useScope } from '@/kit/shell/scope.ts';
import { t } from '@/text/t.ts';
import { Activity } from '../audit/activity.tsx';
import { FirstSteps } from './first-steps.tsx';
import { LicenceCounts } from '../licences/licence-counts.tsx';
import { NewestCustomers } from './newest-customers.tsx';
import { RunningJobs } from './running-jobs.tsx';

export function DashboardPage() {
  const { installation, node, permissions } = useSession();
  const own = useOwnCustomer();
  const scope = useScope();
  const can = useCan();
  const name = (scope.node ?? node).name;
  // With no access there is one page (ACC-12).
  if (own && permissions.length === 0) return <Navigate to="/manager" />;
  return (
    <Page title={t('nav.dashboard')} help="start" aside={<span className="dim">{name}</span>}>
      {installation.empty && can('customers:create') && <FirstSteps />}
      <ListCounts under={scope.under} />
      {can('licences:read') && <LicenceCounts under={scope.under} />}
      <Panels
        aside={
          <Panel
            title={t('record.activity')}
            action={can('audit:read') && <Link to="/audit">{t('record.activity_all')}</Link>}
          >
            <Activity filter={scope.under ? { under: scope.under } : {}} />
          </Panel>
        }
      >
        {can('jobs:read') && <RunningJobs />}
        {can('customers:read') && !own && <NewestCustomers under={scope.under} />}
      </Panels>
    </Page>
  );
}

const counted = [
  { list: 'customers', to: '/customers', label: 'nav.customers' },
  { list: 'resellers', to: '/resellers', label: 'nav.resellers' },
  { list: 'tenants', to: '/tenants', label: 'nav.tenants' },
  { list: 'sites', to: '/sites', label: 'nav.sites' },
  { list: 'contacts', to: '/contacts', label: 'nav.contacts' },
  { list: 'users', to: '/users', label: 'nav.users' },
] as const;

function ListCounts({ under }: { under: string | undefined }) {
  const can = useCan();
  const shown = counted.filter(({ list }) => can(`${list}:read`));
  const answers = useQueries({
    queries: shown.map(({ list }) => firstRowsQuery(list, { under, limit: 1, count: 'capped' })),
  });
  return (
    <Counts
      counts={shown.map(({ to, label }, index) => ({
        label: t(label),
        link: { to },
        count: answers[index]?.data?.page.count ?? undefined,
        more: answers[index]?.data?.page.count_is_exact === false,
      }))}
    />
  );
}
