import type { TextKey } from '@/text/t.ts';

/** The guide: files of docs/guide, each loaded when it is opened. */
export const helpPages = {
  start: () => import('../../../../docs/guide/start.md?raw'),
  tree: () => import('../../../../docs/guide/tree.md?raw'),
  grid: () => import('../../../../docs/guide/grid.md?raw'),
  customers: () => import('../../../../docs/guide/customers.md?raw'),
  people: () => import('../../../../docs/guide/people.md?raw'),
  roles: () => import('../../../../docs/guide/roles.md?raw'),
  single_sign_on: () => import('../../../../docs/guide/single_sign_on.md?raw'),
  delegate: () => import('../../../../docs/guide/delegate.md?raw'),
  local_admin: () => import('../../../../docs/guide/local_admin.md?raw'),
  licences: () => import('../../../../docs/guide/licences.md?raw'),
  overuse: () => import('../../../../docs/guide/overuse.md?raw'),
  renewals: () => import('../../../../docs/guide/renewals.md?raw'),
  notifications: () => import('../../../../docs/guide/notifications.md?raw'),
  import: () => import('../../../../docs/guide/import.md?raw'),
  audit: () => import('../../../../docs/guide/audit.md?raw'),
};

export type HelpPage = keyof typeof helpPages;

export const helpTitle = (page: HelpPage) => `help.${page}` as const satisfies TextKey;
export const isHelpPage = (name: string): name is HelpPage => Object.hasOwn(helpPages, name);
