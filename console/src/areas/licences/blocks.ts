import { useQuery } from '@tanstack/react-query';
import { firstRowsQuery } from '@/api/records.ts';
import type { Row } from '@/api/types.ts';
import { t } from '@/text/t.ts';

export type Block = Row<'licence_blocks'>;

export const blockName = (block: Pick<Block, 'licences' | 'product_name' | 'tenant_name'>) =>
  t('blocks.name', {
    count: block.licences,
    product: block.product_name,
    tenant: block.tenant_name ?? t('licences.global'),
  });

/** The product, when there is only one to sell; undefined until that is known (LIC-01). */
export function useOnlyProduct(): string | null | undefined {
  const { data, error } = useQuery(firstRowsQuery('products', { status: 'complete', limit: 2 }));
  if (error) return null;
  if (!data) return undefined;
  return data.items.length === 1 ? data.items[0]!.id : null;
}
