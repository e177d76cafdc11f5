import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useCan } from '@/api/session.ts';
import type { Feature, RecordOf } from '@/api/types.ts';
import { Facts, Panel, Panels } from '@/kit/record/panel.tsx';
import { RecordPage, type TabGroup } from '@/kit/record/record-page.tsx';
import { Status } from '@/kit/status.tsx';
import { Instant } from '@/kit/value.tsx';
import { formatNumber } from '@/text/format.ts';
import { t, tMaybe } from '@/text/t.ts';
import { Activity } from '../audit/activity.tsx';
import { historyGroup } from '../audit/history-group.tsx';
import { BlocksGrid } from './blocks-grid.tsx';
import { ProductDialog, useProductCommands } from './product-dialog.tsx';

type Product = RecordOf<'products'>;

export function ProductPage() {
  const { id, tab } = useParams({ strict: false });
  const navigate = useNavigate();
  const can = useCan();
  const commands = useProductCommands(() => navigate({ to: '/products', search: {} }));
  return (
    <>
      <RecordPage
        list="products"
        id={id!}
        tab={tab}
        help="licences"
        title={({ name }) => name}
        crumbs={() => [{ label: t('nav.products'), link: { to: '/products', search: {} } }]}
        badges={({ code, status }) => (
          <>
            <code className="mono dim">{code}</code>
            <Status value={status} />
          </>
        )}
        commands={commands}
        groups={(product) => groupsOf(product, can)}
      />
      <ProductDialog />
    </>
  );
}

function groupsOf(product: Product, can: (permission: string) => boolean): TabGroup[] {
  const overview = { name: '', label: t('record.overview') };
  const groups: TabGroup[] = [
    {
      label: t('record.overview'),
      tabs: [{ ...overview, content: () => <ProductOverview product={product} /> }],
    },
  ];
  if (can('licences:read')) {
    const label = t('nav.licence_blocks');
    const content = () => <BlocksGrid fixed={{ product_id: product.id }} hide={['product_name']} />;
    groups.push({ label, tabs: [{ name: 'blocks', label, fill: true, content }] });
  }
  if (can('audit:read')) groups.push(historyGroup(product.id));
  return groups;
}

function ProductOverview({ product }: { product: Product }) {
  return (
    <Panels
      aside={
        <Panel title={t('record.activity')}>
          <Activity filter={{ object_id: product.id }} here={product.id} />
        </Panel>
      }
    >
      <Panel
        title={t('record.details')}
        action={
          <Link to="/licence-pools" search={{ product_id: product.id }}>
            {t('nav.licence_pools')}
          </Link>
        }
      >
        <Facts
          facts={[
            [t('field.kind'), tMaybe(`status.${product.kind}`, product.kind)],
            [t('field.description'), product.description],
            [t('field.provider_id'), product.provider_name ?? t('products.catalogue')],
            [t('field.created_at'), <Instant iso={product.created_at} />],
            [t('field.updated_at'), <Instant iso={product.updated_at} />],
          ]}
        />
      </Panel>
      <Panel title={t('features.title')}>
        {product.features.length === 0 ? (
          <p className="dim">{t('features.none')}</p>
        ) : (
          <Facts facts={product.features.map(({ name, value }) => [name, featureText(value)])} />
        )}
      </Panel>
    </Panels>
  );
}

function featureText(value: Feature['value']): string {
  if (typeof value === 'boolean') return t(value ? 'value.yes' : 'value.no');
  return typeof value === 'number' ? formatNumber(value) : value;
}
