import { useScope } from '@/kit/shell/scope.ts';

/** A customer added while the lists show one reseller or provider belongs there (TREE-03). */
export function useScopeDefaults(): { provider_id?: string; reseller_id?: string } {
  const { node } = useScope();
  if (node?.type === 'reseller') return { reseller_id: node.id };
  if (node?.type === 'provider') return { provider_id: node.id };
  return {};
}
