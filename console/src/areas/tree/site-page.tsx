import { useNavigate, useParams } from '@tanstack/react-router';
import type { RecordOf } from '@/api/types.ts';
import { ArchivedAlert } from '@/kit/record/archived-alert.tsx';
import { historyGroup } from '../audit/history-group.tsx';
import { Facts, Panel, Panels } from '@/kit/record/panel.tsx';
import { RecordPage } from '@/kit/record/record-page.tsx';
import { Status } from '@/kit/status.tsx';
import { countryName, Instant } from '@/kit/value.tsx';
import { t, tMaybe } from '@/text/t.ts';
import { Activity } from '../audit/activity.tsx';
import { customerCrumb } from '../customers/customer-crumb.ts';
import { SiteDialog, useSiteCommands } from './site-dialog.tsx';

type Site = RecordOf<'sites'>;

export function SitePage() {
  const { id, tab } = useParams({ strict: false });
  const navigate = useNavigate();
  const commands = useSiteCommands(() => navigate({ to: '/sites', search: {} }));
  return (
    <>
      <RecordPage
        list="sites"
        id={id!}
        tab={tab}
        help="tree"
        title={({ name }) => name}
        crumbs={(site) => [
          { label: t('nav.sites'), link: { to: '/sites', search: {} } },
          ...customerCrumb(site),
        ]}
        badges={(site) => (
          <>
            <code className="mono dim">{site.site_id}</code>
            <Status value={site.status} />
          </>
        )}
        commands={commands}
        alerts={({ archived_at }) => <ArchivedAlert at={archived_at} />}
        groups={(site) => [
          {
            label: t('record.overview'),
            tabs: [
              {
                name: '',
                label: t('record.overview'),
                content: () => <SiteOverview site={site} />,
              },
            ],
          },
          historyGroup(site.id),
        ]}
      />
      <SiteDialog />
    </>
  );
}

function SiteOverview({ site }: { site: Site }) {
  const place = site.latitude && site.longitude ? `${site.latitude}, ${site.longitude}` : null;
  return (
    <Panels
      aside={
        <Panel title={t('record.activity')}>
          <Activity filter={{ object_id: site.id }} here={site.id} />
        </Panel>
      }
    >
      <Panel title={t('record.details')}>
        <Facts
          facts={[
            [t('field.kind'), tMaybe(`status.${site.kind}`, site.kind)],
            [t('field.tenant_id'), site.tenant_name],
            [
              t('field.external_id'),
              site.external_id && <code className="mono">{site.external_id}</code>,
            ],
            [t('field.time_zone'), site.time_zone],
            [t('field.created_at'), <Instant iso={site.created_at} />],
            [t('field.updated_at'), <Instant iso={site.updated_at} />],
          ]}
        />
      </Panel>
      <Panel title={t('record.address')}>
        <Facts
          facts={[
            [t('field.address_line1'), site.address_line1],
            [t('field.address_line2'), site.address_line2],
            [t('field.city'), [site.postal_code, site.city].filter(Boolean).join(' ')],
            [t('field.state'), site.state],
            [t('field.country'), site.country && countryName(site.country)],
            [t('field.region'), site.region],
            [t('sites.position'), place],
          ]}
        />
      </Panel>
    </Panels>
  );
}
