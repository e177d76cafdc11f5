import { useNavigate, useParams } from '@tanstack/react-router';
import { useCan } from '@/api/session.ts';
import { RecordPage } from '@/kit/record/record-page.tsx';
import { Status } from '@/kit/status.tsx';
import { t } from '@/text/t.ts';
import { historyGroup } from '../audit/history-group.tsx';
import { crumbsOf } from '../licences/crumbs.ts';
import { DevicesGrid } from './devices-grid.tsx';
import { GroupDialog, useGroupCommands } from './group-dialog.tsx';

export function GroupPage() {
  const { id, tab } = useParams({ strict: false });
  const navigate = useNavigate();
  const can = useCan();
  const commands = useGroupCommands(() => navigate({ to: '/device-groups', search: {} }));
  return (
    <>
      <RecordPage
        list="device_groups"
        id={id!}
        tab={tab}
        help="licences"
        title={({ name }) => name}
        crumbs={(group) => crumbsOf('nav.device_groups', '/device-groups', group)}
        badges={({ is_default }) =>
          is_default && <Status value="default" tone="info" label={t('device_groups.default')} />
        }
        commands={commands}
        groups={(group) => [
          {
            label: t('nav.devices'),
            tabs: [
              {
                name: '',
                label: t('nav.devices'),
                fill: true,
                content: () => (
                  <DevicesGrid
                    fixed={{ group_id: group.id, customer_id: group.customer_id }}
                    hide={['customer_name', 'group_name']}
                  />
                ),
              },
            ],
          },
          ...(can('audit:read') ? [historyGroup(group.id)] : []),
        ]}
      />
      <GroupDialog />
    </>
  );
}
