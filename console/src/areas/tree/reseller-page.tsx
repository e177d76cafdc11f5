import { useNavigate, useParams } from '@tanstack/react-router';
import type { RecordOf } from '@/api/types.ts';
import { ArchivedAlert } from '@/kit/record/archived-alert.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { Facts, Panel, Panels } from '@/kit/record/panel.tsx';
import { RecordPage, type TabGroup } from '@/kit/record/record-page.tsx';
import { Instant } from '@/kit/value.tsx';
import { t } from '@/text/t.ts';
import { Activity } from '../audit/activity.tsx';
import { historyGroup } from '../audit/history-group.tsx';
import { CustomersGrid } from '../customers/customers-grid.tsx';
import { UsersGrid } from '../people/users-grid.tsx';
import { SettingsPanel } from './settings-panel.tsx';
import { terms } from './settings.tsx';
import { ResellerDialog, useResellerCommands } from './reseller-dialog.tsx';

export function ResellerPage() {
  const { id, tab } = useParams({ strict: false });
  const navigate = useNavigate();
  const commands = useResellerCommands(() => navigate({ to: '/resellers', search: {} }));
  return (
    <>
      <RecordPage
        list="resellers"
        id={id!}
        tab={tab}
        help="tree"
        title={({ name }) => name}
        crumbs={(reseller) => [
          { label: t('nav.resellers'), link: { to: '/resellers', search: {} } },
          { label: reseller.provider_name, link: recordLink('providers', reseller.provider_id) },
        ]}
        badges={({ code }) => <code className="mono dim">{code}</code>}
        commands={commands}
        alerts={({ archived_at }) => <ArchivedAlert at={archived_at} />}
        groups={tabsOf}
      />
      <ResellerDialog />
    </>
  );
}

function tabsOf(reseller: RecordOf<'resellers'>): TabGroup[] {
  const label = t('record.overview');
  return [
    { label, tabs: [{ name: '', label, content: () => <Overview reseller={reseller} /> }] },
    {
      label: t('customers.title'),
      tabs: [
        {
          name: 'customers',
          label: t('customers.title'),
          count: reseller.customers_count,
          fill: true,
          content: () => (
            <CustomersGrid
              fixed={{ reseller_id: reseller.id }}
              hide={['provider_id', 'provider_name', 'reseller_name']}
            />
          ),
        },
      ],
    },
    {
      label: t('nav.users'),
      tabs: [
        {
          name: 'users',
          label: t('nav.users'),
          fill: true,
          content: () => <UsersGrid fixed={{ reseller_id: reseller.id }} />,
        },
      ],
    },
    historyGroup(reseller.id),
  ];
}

function Overview({ reseller }: { reseller: RecordOf<'resellers'> }) {
  return (
    <Panels
      aside={
        <Panel title={t('record.activity')}>
          <Activity filter={{ object_id: reseller.id }} here={reseller.id} />
        </Panel>
      }
    >
      <Panel title={t('record.details')}>
        <Facts
          facts={[
            [t('field.accounting_emails'), reseller.accounting_emails.join(', ')],
            [t('field.created_at'), <Instant iso={reseller.created_at} />],
            [t('field.updated_at'), <Instant iso={reseller.updated_at} />],
          ]}
        />
      </Panel>
      <SettingsPanel
        list="resellers"
        record={reseller}
        title={t('record.settings')}
        names={['domains', 'time_zone', 'language', 'currency', ...terms]}
        fixed={['currency']}
      />
    </Panels>
  );
}
