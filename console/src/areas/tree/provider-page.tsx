import { useNavigate, useParams } from '@tanstack/react-router';
import { useCan } from '@/api/session.ts';
import type { RecordOf } from '@/api/types.ts';
import { Facts, Panel, Panels } from '@/kit/record/panel.tsx';
import { RecordPage, type TabGroup } from '@/kit/record/record-page.tsx';
import { Status } from '@/kit/status.tsx';
import { countryName, Instant } from '@/kit/value.tsx';
import { t } from '@/text/t.ts';
import { Activity } from '../audit/activity.tsx';
import { historyGroup } from '../audit/history-group.tsx';
import { CustomersGrid } from '../customers/customers-grid.tsx';
import { UsersGrid } from '../people/users-grid.tsx';
import { DomainsGrid } from '../sso/domains-grid.tsx';
import { SsoGrid } from '../sso/sso-grid.tsx';
import { ProviderDialog, useProviderCommands } from './provider-dialog.tsx';
import { ResellersGrid } from './resellers-grid.tsx';
import { SettingsPanel } from './settings-panel.tsx';

type Provider = RecordOf<'providers'>;

export function ProviderPage() {
  const { id, tab } = useParams({ strict: false });
  const navigate = useNavigate();
  const can = useCan();
  const commands = useProviderCommands(() => navigate({ to: '/providers', search: {} }));
  return (
    <>
      <RecordPage
        list="providers"
        id={id!}
        tab={tab}
        help="tree"
        title={({ name }) => name}
        crumbs={() => [{ label: t('nav.providers'), link: { to: '/providers', search: {} } }]}
        badges={({ code, status, is_house }) => (
          <>
            <code className="mono dim">{code}</code>
            {is_house && <Status value="house" tone="info" label={t('providers.house')} />}
            {status === 'suspended' && <Status value={status} />}
          </>
        )}
        commands={commands}
        groups={(provider) => tabsOf(provider, can('settings:read'))}
      />
      <ProviderDialog />
    </>
  );
}

function tabsOf(provider: Provider, settings: boolean): TabGroup[] {
  const label = t('record.overview');
  const of = { provider_id: provider.id };
  return [
    { label, tabs: [{ name: '', label, content: () => <Overview provider={provider} /> }] },
    {
      label: t('nav.resellers'),
      tabs: [
        {
          name: 'resellers',
          label: t('nav.resellers'),
          count: provider.resellers_count,
          fill: true,
          content: () => <ResellersGrid fixed={of} hide={['provider_name']} />,
        },
      ],
    },
    {
      label: t('customers.title'),
      tabs: [
        {
          name: 'customers',
          label: t('customers.title'),
          count: provider.customers_count,
          fill: true,
          content: () => <CustomersGrid fixed={of} hide={['provider_name']} />,
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
          content: () => <UsersGrid fixed={of} />,
        },
      ],
    },
    ...(settings ? [ssoGroup(provider.id)] : []),
    historyGroup(provider.id),
  ];
}

const ssoGroup = (id: string): TabGroup => {
  const label = t('sso.title');
  const content = () => <SsoGrid providerId={id} />;
  const domains = () => <DomainsGrid providerId={id} />;
  return {
    label,
    tabs: [
      { name: 'sso', label, fill: true, content },
      { name: 'sso_domains', label: t('nav.sso_domains'), fill: true, content: domains },
    ],
  };
};

function Overview({ provider }: { provider: Provider }) {
  return (
    <Panels
      aside={
        <Panel title={t('record.activity')}>
          <Activity filter={{ provider_id: provider.id }} here={provider.id} />
        </Panel>
      }
    >
      <Panel title={t('record.details')}>
        <Facts
          facts={[
            [t('field.country'), provider.country && countryName(provider.country)],
            [t('field.accounting_emails'), provider.accounting_emails.join(', ')],
            [t('field.created_at'), <Instant iso={provider.created_at} />],
          ]}
        />
      </Panel>
      <Panel title={t('providers.branding')}>
        <Facts
          facts={[
            [t('field.branding_sender'), provider.branding_sender],
            [t('field.reply_to'), provider.reply_to],
            [t('field.support_email'), provider.support_email],
            [t('field.support_phone'), provider.support_phone],
          ]}
        />
      </Panel>
      <SettingsPanel
        list="providers"
        record={provider}
        title={t('record.settings')}
        names={['domains', 'time_zone', 'language', 'currency']}
      />
      <SettingsPanel
        list="providers"
        record={provider}
        title={t('providers.policies')}
        names={[
          'customer_names',
          'customer_id_pattern',
          'show_customer_name',
          'provider_fields',
          'require_second_factor',
          'password_min_length',
          'lock_out_tries',
          'session_idle_minutes',
          'session_max_hours',
          'csv_download_rows',
          'overuse',
          'block_term',
          'expiry_warning_days',
        ]}
      />
    </Panels>
  );
}
