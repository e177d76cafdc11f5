import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { AddButton } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';
import { ProductDialog, useProductCommands } from './product-dialog.tsx';

export const AddProductButton = () => (
  <AddButton name="product" label={t('products.add')} permission="products:create" />
);

export function ProductsGrid() {
  const commands = useProductCommands();
  return (
    <>
      <DataGrid
        list="products"
        label={t('nav.products')}
        sort="name"
        link={({ id }) => recordLink('products', id)!}
        commands={commands}
        cells={{
          provider_id: ({ provider_name }) => provider_name ?? t('products.catalogue'),
          features: ({ features }) => features.map(({ name }) => name).join(', '),
        }}
        empty={{
          title: t('products.empty'),
          lead: t('products.empty_lead'),
          action: <AddProductButton />,
        }}
      />
      <ProductDialog />
    </>
  );
}
