import { Button } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconPlus } from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { recordQuery } from '@/api/records.ts';
import { useCan } from '@/api/session.ts';
import { useDialog } from '@/kit/dialog.ts';
import { recordLink } from '@/kit/record/links.ts';
import { Notice } from '@/kit/record/notice.tsx';
import { Facts, Panel, Panels } from '@/kit/record/panel.tsx';
import { RecordPage } from '@/kit/record/record-page.tsx';
import { Status } from '@/kit/status.tsx';
import { Instant } from '@/kit/value.tsx';
import { formatDay } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import { Activity } from '../audit/activity.tsx';
import { historyGroup } from '../audit/history-group.tsx';
import { BlockDialogs } from './block-dialog.tsx';
import { CaseDialogs, caseName, useCaseCommands, type Case } from './case-commands.tsx';
import { crumbsOf } from './crumbs.ts';
import { UsageBar } from './usage.tsx';

export function CasePage() {
  const { id, tab } = useParams({ strict: false });
  const commands = useCaseCommands();
  const can = useCan();
  return (
    <>
      <RecordPage
        list="overuse_cases"
        id={id!}
        tab={tab}
        help="overuse"
        title={caseName}
        crumbs={(record) => crumbsOf('nav.overuse_cases', '/overuse-cases', record)}
        badges={({ state }) => <Status value={state} />}
        buttons={(record) => !record.cleared_at && <OrderMore />}
        commands={commands}
        alerts={(record) => <CaseNotice record={record} />}
        groups={(record) => [
          {
            label: t('record.overview'),
            tabs: [
              {
                name: '',
                label: t('record.overview'),
                content: () => <CaseOverview record={record} />,
              },
            ],
          },
          ...(can('audit:read') ? [historyGroup(record.id)] : []),
        ]}
      />
      <CaseDialogs />
      <OrderDialog id={id!} />
    </>
  );
}

function OrderMore() {
  const can = useCan();
  const dialog = useDialog();
  if (!can('licences:create')) return null;
  return (
    <Button leftSection={<IconPlus size={16} />} onClick={() => dialog.open('block.add')}>
      {t('cases.order_more')}
    </Button>
  );
}

/** A block that covers the excess, filled in as far as the case tells (LIC-10). */
function OrderDialog({ id }: { id: string }) {
  const record = useQuery(recordQuery('overuse_cases', id)).data;
  const { dialog } = useDialog();
  if (!record || dialog !== 'block.add') return null;
  const { customer_id, product_id, tenant_id, excess } = record;
  return <BlockDialogs initial={{ customer_id, product_id, tenant_id, licences: excess }} />;
}

function CaseNotice({ record }: { record: Case }) {
  const { cleared_at, used, purchased, excess } = record;
  if (cleared_at) {
    return (
      <Notice tone="off" icon={IconCircleCheck}>
        {t('cases.cleared_alert', { when: formatDay(cleared_at) })}
      </Notice>
    );
  }
  return (
    <Notice tone="bad" icon={IconAlertTriangle}>
      {t('cases.open_alert', { used, purchased, count: excess })}
    </Notice>
  );
}

function CaseOverview({ record }: { record: Case }) {
  return (
    <Panels
      aside={
        <Panel title={t('record.activity')}>
          <Activity filter={{ object_id: record.id }} here={record.id} />
        </Panel>
      }
    >
      <Panel title={t('record.details')}>
        <Facts
          facts={[
            [t('pools.usage'), <UsageBar wide used={record.used} purchased={record.purchased} />],
            ...(record.customer_name
              ? [[t('audit.customer'), customerLink(record)] as [string, React.ReactNode]]
              : []),
            [t('field.product_id'), record.product_name],
            [t('field.tenant_id'), record.tenant_name ?? t('licences.global')],
            [t('cases.since'), <Instant iso={record.opened_at} />],
            [t('cases.cleared_at'), record.cleared_at && <Instant iso={record.cleared_at} />],
            [
              t('cases.pool'),
              <Link {...recordLink('licence_pools', record.pool_id)!}>{caseName(record)}</Link>,
            ],
            [t('field.note'), record.note],
            [t('field.handled_by'), record.handled_by],
          ]}
        />
      </Panel>
    </Panels>
  );
}

const customerLink = ({ customer_id, customer_name }: Case) => (
  <Link {...recordLink('customers', customer_id)!}>{customer_name}</Link>
);
