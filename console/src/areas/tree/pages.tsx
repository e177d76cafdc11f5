import { Page } from '@/kit/page/page.tsx';
import { AddButton } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';
import { ImportButton } from '../imports/import-button.tsx';
import { ProvidersGrid } from './providers-grid.tsx';
import { ResellersGrid } from './resellers-grid.tsx';
import { SitesGrid } from './sites-grid.tsx';
import { TenantsGrid } from './tenants-grid.tsx';

export function SitesPage() {
  const add = <AddButton name="site" label={t('sites.add')} permission="sites:create" />;
  return (
    <Page
      title={t('nav.sites')}
      help="tree"
      fill
      actions={
        <>
          <ImportButton object="sites" />
          {add}
        </>
      }
    >
      <SitesGrid bare />
    </Page>
  );
}

export function TenantsPage() {
  const add = <AddButton name="tenant" label={t('tenants.add')} permission="tenants:create" />;
  return (
    <Page
      title={t('nav.tenants')}
      help="tree"
      fill
      actions={
        <>
          <ImportButton object="tenants" />
          {add}
        </>
      }
    >
      <TenantsGrid bare />
    </Page>
  );
}

export function ResellersPage() {
  const add = (
    <AddButton name="reseller" label={t('resellers.add')} permission="resellers:create" />
  );
  return (
    <Page title={t('nav.resellers')} help="tree" fill actions={add}>
      <ResellersGrid bare />
    </Page>
  );
}

export function ProvidersPage() {
  const add = (
    <AddButton name="provider" label={t('providers.add')} permission="providers:create" />
  );
  return (
    <Page title={t('nav.providers')} help="tree" fill actions={add}>
      <ProvidersGrid />
    </Page>
  );
}
