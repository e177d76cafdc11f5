import {
  IconAddressBook,
  IconAlertTriangle,
  IconBuildingSkyscraper,
  IconBuildingStore,
  IconBuildingWarehouse,
  IconDevices,
  IconFileImport,
  IconFolders,
  IconGauge,
  IconHeartHandshake,
  IconHistory,
  IconKey,
  IconLayoutDashboard,
  IconLicense,
  IconListCheck,
  IconMail,
  IconPackage,
  IconPlus,
  IconServer2,
  IconShieldLock,
  IconStack2,
  IconTrash,
  IconUpload,
  IconUsers,
  IconUsersGroup,
  IconWorldCheck,
  type TablerIcon,
} from '@tabler/icons-react';
import type { LinkProps } from '@tanstack/react-router';
import type { TextKey } from './text/t.ts';

interface Entry {
  label: TextKey;
  icon: TablerIcon;
  /** Shown to those who may; without one, to everybody. */
  permission?: string;
  /** For a customer's own people only. */
  inside?: boolean;
}

export interface NavigationItem extends Entry {
  to: LinkProps['to'];
}

/** The sidebar and the palette's pages (NAV-01): only what exists. */
export const navigation: { label?: TextKey; items: NavigationItem[] }[] = [
  { items: [{ to: '/', label: 'nav.dashboard', icon: IconLayoutDashboard }] },
  {
    label: 'nav.customers',
    items: [
      {
        to: '/customers',
        label: 'nav.customers',
        icon: IconUsersGroup,
        permission: 'customers:read',
      },
      { to: '/tenants', label: 'nav.tenants', icon: IconStack2, permission: 'tenants:read' },
      { to: '/sites', label: 'nav.sites', icon: IconBuildingSkyscraper, permission: 'sites:read' },
      {
        to: '/contacts',
        label: 'nav.contacts',
        icon: IconAddressBook,
        permission: 'contacts:read',
      },
    ],
  },
  {
    label: 'nav.licensing',
    items: [
      {
        to: '/licence-blocks',
        label: 'nav.licence_blocks',
        icon: IconLicense,
        permission: 'licences:read',
      },
      {
        to: '/licence-pools',
        label: 'nav.licence_pools',
        icon: IconGauge,
        permission: 'licences:read',
      },
      {
        to: '/overuse-cases',
        label: 'nav.overuse_cases',
        icon: IconAlertTriangle,
        permission: 'licences:read',
      },
      { to: '/devices', label: 'nav.devices', icon: IconDevices, permission: 'devices:read' },
      {
        to: '/device-groups',
        label: 'nav.device_groups',
        icon: IconFolders,
        permission: 'devices:read',
      },
      { to: '/products', label: 'nav.products', icon: IconPackage, permission: 'products:read' },
    ],
  },
  {
    label: 'nav.administration',
    items: [
      { to: '/manager', label: 'nav.manager', icon: IconHeartHandshake, inside: true },
      { to: '/providers', label: 'nav.providers', icon: IconServer2, permission: 'providers:read' },
      {
        to: '/resellers',
        label: 'nav.resellers',
        icon: IconBuildingStore,
        permission: 'resellers:read',
      },
      { to: '/users', label: 'nav.users', icon: IconUsers, permission: 'users:read' },
      { to: '/roles', label: 'nav.roles', icon: IconShieldLock, permission: 'users:read' },
      { to: '/tokens', label: 'nav.tokens', icon: IconKey, permission: 'tokens:read' },
      { to: '/imports', label: 'nav.imports', icon: IconFileImport, permission: 'imports:read' },
      { to: '/jobs', label: 'nav.jobs', icon: IconListCheck, permission: 'jobs:read' },
      {
        to: '/email_domains',
        label: 'nav.sso_domains',
        icon: IconWorldCheck,
        permission: 'settings:read',
      },
      { to: '/mail', label: 'nav.mail', icon: IconMail, permission: 'settings:read' },
      { to: '/audit', label: 'nav.audit', icon: IconHistory, permission: 'audit:read' },
      { to: '/bin', label: 'nav.bin', icon: IconTrash, permission: 'customers:delete' },
    ],
  },
];

/** What the palette can start from anywhere. */
export const actions: (Entry & { link: LinkProps })[] = [
  {
    label: 'customers.add',
    icon: IconPlus,
    permission: 'customers:create',
    link: { to: '/customers', search: { dialog: 'customer.add' } },
  },
  {
    label: 'imports.add',
    icon: IconUpload,
    permission: 'imports:create',
    link: { to: '/imports', search: { dialog: 'import.add' } },
  },
  {
    label: 'blocks.add',
    icon: IconLicense,
    permission: 'licences:create',
    link: { to: '/licence-blocks', search: { dialog: 'block.add' } },
  },
  {
    label: 'devices.add',
    icon: IconDevices,
    permission: 'devices:create',
    link: { to: '/devices', search: { dialog: 'device.add' } },
  },
  {
    label: 'products.add',
    icon: IconPackage,
    permission: 'products:create',
    link: { to: '/products', search: { dialog: 'product.add' } },
  },
  {
    label: 'sites.add',
    icon: IconBuildingWarehouse,
    permission: 'sites:create',
    link: { to: '/sites', search: { dialog: 'site.add' } },
  },
  {
    label: 'contacts.add',
    icon: IconAddressBook,
    permission: 'contacts:create',
    link: { to: '/contacts', search: { dialog: 'contact.add' } },
  },
  {
    label: 'resellers.add',
    icon: IconBuildingStore,
    permission: 'resellers:create',
    link: { to: '/resellers', search: { dialog: 'reseller.add' } },
  },
  {
    label: 'users.add',
    icon: IconUsers,
    permission: 'users:create',
    link: { to: '/users', search: { dialog: 'user.add' } },
  },
  {
    label: 'users.invite',
    icon: IconMail,
    permission: 'users:create',
    link: { to: '/users', search: { dialog: 'invitation.add' } },
  },
];
