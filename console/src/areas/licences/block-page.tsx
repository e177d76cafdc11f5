import { IconClockExclamation } from '@tabler/icons-react';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { formatDate, formatInstant } from '@/text/format.ts';
import { recordLink } from '@/kit/record/links.ts';
import { Notice } from '@/kit/record/notice.tsx';
import { Facts, Panel, Panels } from '@/kit/record/panel.tsx';
import { RecordPage } from '@/kit/record/record-page.tsx';
import { Instant } from '@/kit/value.tsx';
import { t } from '@/text/t.ts';
import { Activity } from '../audit/activity.tsx';
import { historyGroup } from '../audit/history-group.tsx';
import { useBlockCommands } from './block-commands.tsx';
import { BlockDialogs } from './block-dialog.tsx';
import { BlockStatus } from './blocks-grid.tsx';
import { blockName, type Block } from './blocks.ts';
import { crumbsOf } from './crumbs.ts';
import { UsageBar } from './usage.tsx';

const soon = 90 * 86_400_000;
const isSoon = ({ ends_at }: Block) => new Date(ends_at).getTime() - Date.now() < soon;

export function BlockPage() {
  const { id, tab } = useParams({ strict: false });
  const navigate = useNavigate();
  const commands = useBlockCommands(() => navigate({ to: '/licence-blocks', search: {} }));
  return (
    <>
      <RecordPage
        list="licence_blocks"
        id={id!}
        tab={tab}
        help="licences"
        title={blockName}
        crumbs={(block) => crumbsOf('nav.licence_blocks', '/licence-blocks', block)}
        badges={(block) => <BlockStatus block={block} />}
        commands={commands}
        alerts={(block) =>
          block.is_undecided &&
          isSoon(block) && (
            <Notice tone="warn" icon={IconClockExclamation}>
              {t('blocks.undecided_alert', { date: formatDate(block.expiration_date ?? '') })}
            </Notice>
          )
        }
        groups={(block) => [
          {
            label: t('record.overview'),
            tabs: [
              {
                name: '',
                label: t('record.overview'),
                content: () => <BlockOverview block={block} />,
              },
            ],
          },
          historyGroup(block.id),
        ]}
      />
      <BlockDialogs />
    </>
  );
}

function BlockOverview({ block }: { block: Block }) {
  const link = (id: string | null | undefined, label: string) =>
    id && <Link {...recordLink('licence_blocks', id)!}>{label}</Link>;
  return (
    <Panels
      aside={
        <Panel title={t('record.activity')}>
          <Activity filter={{ object_id: block.id }} here={block.id} />
        </Panel>
      }
    >
      <Panel title={t('record.details')}>
        <Facts
          facts={[
            [
              t('blocks.used'),
              <UsageBar wide used={block.licences_used} purchased={block.licences} />,
            ],
            [t('field.product_id'), block.product_name],
            [t('field.tenant_id'), block.tenant_name ?? t('licences.global')],
            [t('field.order_date'), block.order_date && formatDate(block.order_date)],
            [
              t('field.expiration_date'),
              block.expiration_date && formatDate(block.expiration_date),
            ],
            [t('blocks.counts_from'), formatInstant(block.starts_at)],
            [t('blocks.counts_to'), formatInstant(block.ends_at)],
            [t('field.updated_at'), <Instant iso={block.updated_at} />],
          ]}
        />
      </Panel>
      <Panel title={t('record.billing')}>
        <Facts
          facts={[
            [t('field.sales_order'), block.sales_order],
            [t('field.po_number'), block.po_number],
            [t('field.unit_price'), money(block.unit_price, block.currency)],
            [t('blocks.value'), money(block.value, block.currency)],
            [t('field.owner_id'), block.owner_name],
            [t('field.note'), block.note],
            [t('blocks.renews'), link(block.renews_id, t('blocks.predecessor'))],
            [t('field.renewed_by'), link(block.renewed_by, t('blocks.successor'))],
            [t('field.not_renewed_reason'), block.not_renewed_reason],
          ]}
        />
      </Panel>
    </Panels>
  );
}

const money = (amount: string | null | undefined, currency: string | null | undefined) =>
  amount && `${amount} ${currency ?? ''}`.trim();
