import type { LinkProps } from '@tanstack/react-router';

/** Records that have a page, by the name that history, search and jobs call them. */
const pages = {
  customers: '/customers/$id/{-$tab}',
  providers: '/providers/$id/{-$tab}',
  resellers: '/resellers/$id/{-$tab}',
  tenants: '/tenants/$id/{-$tab}',
  sites: '/sites/$id/{-$tab}',
  contacts: '/contacts/$id/{-$tab}',
  users: '/users/$id/{-$tab}',
  roles: '/roles/$id/{-$tab}',
  imports: '/imports/$id',
  products: '/products/$id/{-$tab}',
  licence_blocks: '/licence-blocks/$id/{-$tab}',
  licence_pools: '/licence-pools/$id/{-$tab}',
  overuse_cases: '/overuse-cases/$id/{-$tab}',
  devices: '/devices/$id/{-$tab}',
  device_groups: '/device-groups/$id/{-$tab}',
} as const;

/**
 * The page of that record, if its kind has one; kinds come in the singular or the plural. It opens
 * at its first tab: from another record's page the router would take over the one that is open there.
 */
export function recordLink(kind: string, id: string): LinkProps | undefined {
  const name = kind in pages ? kind : `${kind}s`;
  if (!(name in pages)) return undefined;
  return { to: pages[name as keyof typeof pages], params: { id, tab: undefined }, search: {} };
}
