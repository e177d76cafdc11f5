import { Page } from '@/kit/page/page.tsx';
import { t } from '@/text/t.ts';
import { ImportButton } from '../imports/import-button.tsx';
import { AddBlockButton, BlocksGrid } from './blocks-grid.tsx';
import { CasesGrid } from './cases-grid.tsx';
import { PoolsGrid } from './pools-grid.tsx';
import { AddProductButton, ProductsGrid } from './products-grid.tsx';

export const ProductsPage = () => (
  <Page
    title={t('nav.products')}
    help="licences"
    fill
    actions={
      <>
        <ImportButton object="products" />
        <AddProductButton />
      </>
    }
  >
    <ProductsGrid />
  </Page>
);

export const LicenceBlocksPage = () => (
  <Page
    title={t('nav.licence_blocks')}
    help="licences"
    fill
    actions={
      <>
        <ImportButton object="licence_blocks" />
        <AddBlockButton />
      </>
    }
  >
    <BlocksGrid bare />
  </Page>
);

export const LicencePoolsPage = () => (
  <Page title={t('nav.licence_pools')} help="licences" fill>
    <PoolsGrid />
  </Page>
);

export const OveruseCasesPage = () => (
  <Page title={t('nav.overuse_cases')} help="overuse" fill>
    <CasesGrid />
  </Page>
);
