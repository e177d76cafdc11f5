import { IconUsersGroup, type TablerIcon } from '@tabler/icons-react';
import type { LinkProps } from '@tanstack/react-router';
import type { TextKey } from './text/t.ts';

export interface NavigationItem {
  to: LinkProps['to'];
  label: TextKey;
  icon: TablerIcon;
  /** Shown to those who may; without one, to everybody. */
  permission?: string;
}

/** The sidebar and the palette's pages. */
export const navigation: { label?: TextKey; items: NavigationItem[] }[] = [
  {
    label: 'nav.customers',
    items: [
      {
        to: '/customers',
        label: 'nav.customers',
        icon: IconUsersGroup,
        permission: 'customers:read',
      },
    ],
  },
];
