import { useScope } from '@/kit/shell/scope.ts';

/** A customer added while the lists show one reseller or provider belongs there (TREE-03). */
export function useScopeDefaults(): { provider_id?: string; reseller_id?: string } {
  const { node } = useScope();
  if (node?.type === 'reseller' && node.id) return { reseller_id: node.id };
  if (node?.type === 'provider' && node.id) return { provider_id: node.id };
  return {};
}
