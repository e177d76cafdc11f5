import { Link, useParams } from '@tanstack/react-router';
import { useCan } from '@/api/session.ts';
import { recordLink } from '@/kit/record/links.ts';
import { Facts, Panel, Panels } from '@/kit/record/panel.tsx';
import { RecordPage } from '@/kit/record/record-page.tsx';
import { Status } from '@/kit/status.tsx';
import { Instant } from '@/kit/value.tsx';
import { t } from '@/text/t.ts';
import { Activity } from '../audit/activity.tsx';
import { historyGroup } from '../audit/history-group.tsx';
import { crumbsOf } from '../licences/crumbs.ts';
import { WhyButton } from '../licences/why.tsx';
import { useDeviceCommands, type Device } from './device-commands.tsx';
import { DeviceDialogs } from './device-dialog.tsx';

export function DevicePage() {
  const { id, tab } = useParams({ strict: false });
  const can = useCan();
  const commands = useDeviceCommands();
  return (
    <>
      <RecordPage
        list="devices"
        id={id!}
        tab={tab}
        help="licences"
        title={({ identifier }) => identifier}
        crumbs={(device) => crumbsOf('nav.devices', '/devices', device)}
        badges={({ name, status }) => (
          <>
            {name && <span className="dim">{name}</span>}
            <Status value={status} />
          </>
        )}
        commands={commands}
        groups={(device) => [
          {
            label: t('record.overview'),
            tabs: [
              {
                name: '',
                label: t('record.overview'),
                content: () => <DeviceOverview device={device} />,
              },
            ],
          },
          ...(can('audit:read') ? [historyGroup(device.id)] : []),
        ]}
      />
      <DeviceDialogs />
    </>
  );
}

function DeviceOverview({ device }: { device: Device }) {
  const can = useCan();
  return (
    <Panels
      aside={
        <Panel title={t('record.activity')}>
          <Activity filter={{ object_id: device.id }} here={device.id} />
        </Panel>
      }
    >
      <Panel title={t('record.details')}>
        <Facts
          facts={[
            [t('field.identifier'), <code className="mono">{device.identifier}</code>],
            [t('field.name'), device.name],
            [t('field.kind'), device.kind],
            [t('field.client_version'), device.client_version],
            [t('field.last_seen_at'), device.last_seen_at && <Instant iso={device.last_seen_at} />],
            [t('devices.registered'), <Instant iso={device.created_at} />],
            [t('field.updated_at'), <Instant iso={device.updated_at} />],
          ]}
        />
      </Panel>
      <Panel
        title={t('devices.pool')}
        action={
          can('licences:read') &&
          device.status !== 'deregistered' && <WhyButton about={{ device_id: device.id }} />
        }
      >
        <Facts
          facts={[
            ...(device.customer_name
              ? [
                  [
                    t('audit.customer'),
                    <Link {...recordLink('customers', device.customer_id)!}>
                      {device.customer_name}
                    </Link>,
                  ] as [string, React.ReactNode],
                ]
              : []),
            [t('field.product_id'), device.product_name],
            [
              t('field.tenant_id'),
              device.tenant_id && (
                <Link {...recordLink('tenants', device.tenant_id)!}>{device.tenant_name}</Link>
              ),
            ],
            [
              t('devices.site'),
              device.site_id && (
                <Link {...recordLink('sites', device.site_id)!}>{device.site_name}</Link>
              ),
            ],
            [
              t('field.group_id'),
              device.group_id && (
                <Link {...recordLink('device_groups', device.group_id)!}>{device.group_name}</Link>
              ),
            ],
            [t('field.user_id'), device.user_name],
            [t('field.contact_id'), device.contact_name],
          ]}
        />
      </Panel>
    </Panels>
  );
}
