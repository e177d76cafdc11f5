import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { act } from '@/api/records.ts';
import { useCan, useOwnCustomer } from '@/api/session.ts';
import type { RecordOf } from '@/api/types.ts';
import { useEnum } from '@/kit/choices.ts';
import { confirm } from '@/kit/feedback/confirm.tsx';
import { toast } from '@/kit/feedback/toast.tsx';
import { Counts } from '@/kit/record/counts.tsx';
import { Facts, Panel, Panels } from '@/kit/record/panel.tsx';
import { countryName, Instant } from '@/kit/value.tsx';
import { t } from '@/text/t.ts';
import { Activity } from '../audit/activity.tsx';
import { CustomerPools } from '../licences/customer-pools.tsx';
import { inForce, type SettingName } from '../tree/inherited.ts';
import { SettingsPanel } from '../tree/settings-panel.tsx';
import { settingText, terms } from '../tree/settings.tsx';

type Customer = RecordOf<'customers'>;

export function CustomerOverview({ record }: { record: Customer }) {
  const own = useOwnCustomer();
  const can = useCan();
  const to = (tab: string) =>
    ({ to: '/customers/$id/{-$tab}', params: { id: record.id, tab }, search: {} }) as const;
  return (
    <>
      <Counts
        counts={[
          { label: t('nav.sites'), count: record.sites_count, link: to('sites') },
          { label: t('nav.tenants'), count: record.tenants_count, link: to('tenants') },
          ...(can('devices:read')
            ? [{ label: t('nav.devices'), count: record.devices_count, link: to('devices') }]
            : []),
          { label: t('nav.contacts'), count: record.contacts_count, link: to('contacts') },
          { label: t('nav.users'), count: record.users_count, link: to('users') },
        ]}
      />
      <Panels
        aside={
          <Panel
            title={t('record.activity')}
            action={<Link {...to('history')}>{t('record.activity_all')}</Link>}
          >
            <Activity filter={own ? {} : { customer_id: record.id }} here={record.id} />
          </Panel>
        }
      >
        {can('licences:read') && (
          <CustomerPools customerId={own ? undefined : record.id} all={to('pools')} />
        )}
        {own ? <OwnSettings record={record} /> : <Details record={record} />}
      </Panels>
    </>
  );
}

/** What a customer's own people read of its record (ACC-10). */
function OwnSettings({ record }: { record: Customer }) {
  return (
    <Panel title={t('record.settings')}>
      <Facts
        facts={[
          [t('field.services'), record.service_names],
          [t('field.time_zone'), inheritedValue(record, 'time_zone')],
          [t('field.language'), inheritedValue(record, 'language')],
        ]}
      />
    </Panel>
  );
}

function Details({ record }: { record: Customer }) {
  const sizes = useEnum('company_sizes').data;
  const industries = useEnum('industries').data;
  const named = (choices: typeof sizes, value: string | null | undefined) =>
    choices?.find((choice) => choice.value === value)?.label ?? value;
  return (
    <>
      <Panel title={t('record.details')}>
        <Facts
          facts={[
            [t('field.owner_id'), record.owner_name],
            [t('field.services'), record.service_names],
            [t('field.extended_name'), record.extended_name],
            [t('field.description'), record.description],
            [
              t('field.website'),
              record.website && (
                <a href={webAddress(record.website)} target="_blank" rel="noreferrer">
                  {record.website}
                </a>
              ),
            ],
            [t('field.company_size'), named(sizes, record.company_size)],
            [
              t('field.industries'),
              record.industries.map((code) => named(industries, code)).join(', '),
            ],
            [t('customers.super_admin'), record.super_admin],
            [t('field.public_sector'), t(record.public_sector ? 'value.yes' : 'value.no')],
            [t('field.link_code'), record.link_code && <LinkCode record={record} />],
            [t('field.created_at'), <Instant iso={record.created_at} />],
            [t('field.updated_at'), <Instant iso={record.updated_at} />],
          ]}
        />
      </Panel>
      <SettingsPanel
        list="customers"
        record={record}
        title={t('record.settings')}
        names={['domains', 'time_zone', 'language', 'currency', ...terms]}
      />
      <Panel title={t('record.address')}>
        <Facts
          facts={[
            [t('record.address'), addressLines(record)],
            [t('customers.billing_address'), billingLines(record)],
            [t('field.billing_contact_id'), record.billing_contact_name],
            [t('field.inactive_billing'), t(record.inactive_billing ? 'value.yes' : 'value.no')],
          ]}
        />
      </Panel>
      <Panel title={t('record.identifiers')}>
        <Facts
          facts={[
            ...(
              ['external_id', 'external_customer_id', 'ref_id', 'crm_id', 'account_id'] as const
            ).map((name): [string, React.ReactNode] => [
              t(`field.${name}`),
              record[name] && <code className="mono">{record[name]}</code>,
            ]),
            [t('field.deal_ids'), record.deal_ids.join(', ')],
          ]}
        />
      </Panel>
    </>
  );
}

/** Typed by people: only what is a web address becomes one. */
const webAddress = (text: string) => (/^https?:\/\//i.test(text) ? text : `https://${text}`);

/** From inside a customer there is only oneself and whoever is above. */
function inheritedValue(record: Customer, name: SettingName) {
  const found = inForce(record, name);
  const text = settingText(name, found?.value);
  if (!found?.from || found.from.type === 'customer') return text;
  return (
    <>
      {text}{' '}
      <span className="dim">
        {t('customers.inherited_from', { from: found.from.name ?? t('scope.provider') })}
      </span>
    </>
  );
}

const lines = (parts: (string | null | undefined)[]) => {
  const filled = parts.filter(Boolean);
  return filled.length ? filled.map((line) => <div key={line}>{line}</div>) : null;
};

const addressLines = (record: Customer) =>
  lines([
    record.address_line1,
    record.address_line2,
    [record.postal_code, record.city].filter(Boolean).join(' '),
    record.state,
    record.country && countryName(record.country),
  ]);

const billingLines = (record: Customer) =>
  lines([
    record.billing_line1,
    record.billing_line2,
    [record.billing_postal_code, record.billing_city].filter(Boolean).join(' '),
    record.billing_state,
    record.billing_country && countryName(record.billing_country),
  ]);

function LinkCode({ record }: { record: Customer }) {
  const can = useCan();
  const renew = () =>
    void confirm({
      help: 'customers',
      title: t('customers.renew_title'),
      body: t('customers.renew_body'),
      verb: t('customers.renew'),
      audited: true,
      act: async ({ reason }) => {
        await act('customers', record.id, 'renew_link_code', undefined, reason);
        toast(t('customers.renewed'));
      },
    });
  return (
    <>
      <code className="mono">{record.link_code}</code>{' '}
      {can('customers:update') && !record.archived_at && (
        <Button
          size="compact-xs"
          variant="subtle"
          leftSection={<IconRefresh size={13} />}
          onClick={renew}
        >
          {t('customers.renew')}
        </Button>
      )}
    </>
  );
}
