import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconEdit, IconPencil } from '@tabler/icons-react';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useCan, useOwnCustomer, useSession } from '@/api/session.ts';
import type { RecordOf } from '@/api/types.ts';
import { useDialog } from '@/kit/dialog.ts';
import { ArchivedAlert } from '@/kit/record/archived-alert.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { RecordPage, type Tab, type TabGroup } from '@/kit/record/record-page.tsx';
import { Status } from '@/kit/status.tsx';
import { t } from '@/text/t.ts';
import { AuditGrid } from '../audit/audit-grid.tsx';
import { DevicesGrid } from '../devices/devices-grid.tsx';
import { GroupsGrid } from '../devices/groups-grid.tsx';
import { BlockTable } from '../licences/block-table.tsx';
import { PoolsGrid } from '../licences/pools-grid.tsx';
import { LicenceBadge, WorstUsage } from '../licences/usage.tsx';
import { ContactLinksGrid } from '../people/contact-links-grid.tsx';
import { UsersGrid } from '../people/users-grid.tsx';
import { SitesGrid } from '../tree/sites-grid.tsx';
import { TenantsGrid } from '../tree/tenants-grid.tsx';
import { useCustomerCommands } from './commands.tsx';
import { CustomerDialogs } from './customer-dialogs.tsx';
import { CustomerOverview } from './customer-overview.tsx';

type Customer = RecordOf<'customers'>;

export function CustomerPage() {
  const { id, tab } = useParams({ strict: false });
  const commands = useCustomerCommands();
  const navigate = useNavigate();
  const can = useCan();
  // A customer's own people do not read its name here, nor whose it is (ACC-10).
  const { node } = useSession();
  const inside = useOwnCustomer() !== undefined;
  return (
    <>
      <RecordPage
        list="customers"
        id={id!}
        tab={tab}
        help="customers"
        title={({ name }) => (inside ? node.name : name)}
        crumbs={inside ? undefined : placeOf}
        badges={inside ? undefined : badgesOf}
        buttons={(record) => <EditButtons record={record} />}
        commands={commands}
        alerts={(record) => <ArchivedAlert at={record.archived_at} />}
        groups={(record) => tabsOf(record, can, inside)}
      />
      <CustomerDialogs onDeleted={() => navigate({ to: '/customers', search: {} })} />
    </>
  );
}

/** The place in the tree (DET-01). */
function placeOf(record: Customer) {
  const list = { label: t('customers.title'), link: { to: '/customers', search: {} } } as const;
  const provider = {
    label: record.provider_name,
    link: recordLink('providers', record.provider_id!),
  };
  if (!record.reseller_id) return [list, provider];
  const link = recordLink('resellers', record.reseller_id);
  return [list, provider, { label: record.reseller_name ?? '', link }];
}

/** Four independent states; only what is not normal is a badge. */
function badgesOf(record: Customer) {
  return (
    <>
      <code className="mono dim">{record.customer_id}</code>
      <Status value={record.stage} />
      {(record.licences_excess ?? 0) > 0 && <WorstUsage {...record} />}
      {record.licence_status !== 'good' && <LicenceBadge status={record.licence_status} />}
      {record.archived_at && <Status value="archived" />}
      {record.access === 'disabled' && <Status value="disabled" />}
      {record.access_mode === 'no_access' && <Status value="no_access" />}
      {(record.management === 'pending' || record.management === 'rejected') && (
        <Status value={record.management} />
      )}
    </>
  );
}

function EditButtons({ record }: { record: Customer }) {
  const can = useCan();
  const dialog = useDialog();
  if (!can('customers:update') || record.archived_at) return null;
  return (
    <>
      <Tooltip label={t('customers.quick_edit')}>
        <ActionIcon
          variant="default"
          aria-label={t('customers.quick_edit')}
          onClick={() => dialog.open('customer.quick', record.id)}
        >
          <IconPencil size={16} />
        </ActionIcon>
      </Tooltip>
      <Button
        variant="default"
        leftSection={<IconEdit size={15} />}
        renderRoot={(props) => (
          <Link {...props} to="/customers/$id/edit" params={{ id: record.id }} search={{}} />
        )}
      >
        {t('customers.edit')}
      </Button>
    </>
  );
}

/** What was sold, how much of it is used, and by which devices (DET-03). */
function licensing(
  record: Customer,
  can: (permission: string) => boolean,
  inside: boolean,
): TabGroup[] {
  const below = inside ? undefined : { customer_id: record.id };
  const tabs: Tab[] = [];
  if (can('licences:read')) {
    tabs.push(
      {
        name: 'licences',
        label: t('nav.licence_blocks'),
        content: () => (
          <BlockTable
            customerId={record.id}
            readOnly={record.archived_at ? t('record.readonly') : undefined}
          />
        ),
      },
      {
        name: 'pools',
        label: t('nav.licence_pools'),
        fill: true,
        content: () => <PoolsGrid fixed={below} hide={['customer_name']} />,
      },
    );
  }
  if (can('devices:read')) {
    tabs.push(
      {
        name: 'devices',
        label: t('nav.devices'),
        count: record.devices_count,
        fill: true,
        content: () => <DevicesGrid fixed={below} hide={['customer_name']} />,
      },
      {
        name: 'device-groups',
        label: t('nav.device_groups'),
        fill: true,
        content: () => <GroupsGrid fixed={below} hide={['customer_name']} />,
      },
    );
  }
  return tabs.length ? [{ label: t('nav.licensing'), tabs }] : [];
}

function tabsOf(
  record: Customer,
  can: (permission: string) => boolean,
  inside: boolean,
): TabGroup[] {
  const below = inside ? undefined : { customer_id: record.id };
  const of = ['customer_name', 'provider_id', 'provider_name', 'reseller_id', 'reseller_name'];
  const groups: TabGroup[] = [
    {
      label: t('record.overview'),
      tabs: [
        {
          name: '',
          label: t('record.overview'),
          content: () => <CustomerOverview record={record} />,
        },
      ],
    },
    {
      label: t('record.structure'),
      tabs: [
        {
          name: 'sites',
          label: t('nav.sites'),
          count: record.sites_count,
          fill: true,
          content: () => <SitesGrid fixed={below} hide={of} />,
        },
        {
          name: 'tenants',
          label: t('nav.tenants'),
          count: record.tenants_count,
          fill: true,
          content: () => <TenantsGrid fixed={below} hide={of} />,
        },
      ],
    },
    ...licensing(record, can, inside),
    {
      label: t('record.people'),
      tabs: [
        {
          name: 'contacts',
          label: t('nav.contacts'),
          count: record.contacts_count,
          fill: true,
          content: () => <ContactLinksGrid customerId={record.id} />,
        },
        {
          name: 'users',
          label: t('nav.users'),
          count: record.users_count,
          fill: true,
          content: () => <UsersGrid fixed={below} hide={of} />,
        },
      ],
    },
  ];
  if (can('audit:read')) {
    groups.push({
      label: t('record.history'),
      tabs: [
        {
          name: 'history',
          label: t('nav.audit'),
          fill: true,
          content: () => <AuditGrid fixed={below} hide={['customer_name', 'provider_id']} />,
        },
      ],
    });
  }
  return groups;
}
