import { useNavigate, useParams } from '@tanstack/react-router';
import { ArchivedAlert } from '@/kit/record/archived-alert.tsx';
import { Facts, Panel, Panels } from '@/kit/record/panel.tsx';
import { RecordPage } from '@/kit/record/record-page.tsx';
import { Status } from '@/kit/status.tsx';
import { Instant, languageName } from '@/kit/value.tsx';
import { t } from '@/text/t.ts';
import { Activity } from '../audit/activity.tsx';
import { historyGroup } from '../audit/history-group.tsx';
import { customerCrumb } from '../customers/customer-crumb.ts';
import { SitesGrid } from './sites-grid.tsx';
import { TenantDialog, useTenantCommands } from './tenant-dialog.tsx';

export function TenantPage() {
  const { id, tab } = useParams({ strict: false });
  const navigate = useNavigate();
  const commands = useTenantCommands(() => navigate({ to: '/tenants', search: {} }));
  return (
    <>
      <RecordPage
        list="tenants"
        id={id!}
        tab={tab}
        help="tree"
        title={({ name }) => name}
        crumbs={(tenant) => [
          { label: t('nav.tenants'), link: { to: '/tenants', search: {} } },
          ...customerCrumb(tenant),
        ]}
        badges={({ is_default }) =>
          is_default && <Status value="default" tone="info" label={t('tenants.default')} />
        }
        commands={commands}
        alerts={({ archived_at }) => <ArchivedAlert at={archived_at} />}
        groups={(tenant) => [
          {
            label: t('record.overview'),
            tabs: [
              {
                name: '',
                label: t('record.overview'),
                content: () => (
                  <Panels
                    aside={
                      <Panel title={t('record.activity')}>
                        <Activity filter={{ object_id: tenant.id }} here={tenant.id} />
                      </Panel>
                    }
                  >
                    <Panel title={t('record.details')}>
                      <Facts
                        facts={[
                          [t('field.time_zone'), tenant.time_zone],
                          [t('field.language'), languageName(tenant.language)],
                          [t('field.created_at'), <Instant iso={tenant.created_at} />],
                          [t('field.updated_at'), <Instant iso={tenant.updated_at} />],
                        ]}
                      />
                    </Panel>
                  </Panels>
                ),
              },
            ],
          },
          {
            label: t('nav.sites'),
            tabs: [
              {
                name: 'sites',
                label: t('nav.sites'),
                count: tenant.sites_count,
                fill: true,
                content: () => (
                  <SitesGrid
                    fixed={{ tenant_id: tenant.id, customer_id: tenant.customer_id }}
                    hide={['customer_name', 'tenant_name']}
                  />
                ),
              },
            ],
          },
          historyGroup(tenant.id),
        ]}
      />
      <TenantDialog />
    </>
  );
}
