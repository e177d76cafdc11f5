import { ActionIcon, Kbd, Menu, UnstyledButton, type MantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconMenu2, IconMoon, IconSearch, IconSun } from '@tabler/icons-react';
import { t } from '@/text/t.ts';
import classes from './header.module.css';

import { useColorScheme } from '../theme/use-color-scheme.ts';
import { showOverlay } from '../palette/store.ts';
import { Bell } from './bell.tsx';
import { UserMenu } from './user-menu.tsx';

const isMac = navigator.platform.startsWith('Mac');

interface HeaderProps {
  crumbsSlot: (element: HTMLElement | null) => void;
  onMenu: () => void;
}

export function Header({ crumbsSlot, onMenu }: HeaderProps) {
  return (
    <header className={classes.root}>
      <ActionIcon
        className={classes.burger}
        variant="subtle"
        color="gray"
        aria-label={t('nav.open')}
        onClick={onMenu}
      >
        <IconMenu2 size={18} />
      </ActionIcon>
      <div className={classes.crumbs} ref={crumbsSlot} />
      <UnstyledButton
        className={classes.palette}
        onClick={() => showOverlay('palette')}
        aria-keyshortcuts="Control+K Meta+K"
      >
        <IconSearch size={16} aria-hidden />
        <span className={classes.hint}>{t('palette.open')}</span>
        <Kbd className={classes.keys} size="xs" aria-hidden>
          {isMac ? '⌘ K' : 'Ctrl K'}
        </Kbd>
      </UnstyledButton>
      <Bell />
      <SchemeMenu />
      <UserMenu />
    </header>
  );
}

const schemes = [
  ['light', IconSun],
  ['dark', IconMoon],
  ['auto', IconDeviceDesktop],
] as const;

function SchemeMenu() {
  const { colorScheme, setColorScheme } = useColorScheme();
  const Current = schemes.find(([name]) => name === colorScheme)![1];
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t('scheme.label')}>
          <Current size={17} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup
          aria-label={t('scheme.label')}
          value={colorScheme}
          onChange={(name) => setColorScheme(name as MantineColorScheme)}
        >
          {schemes.map(([name, Icon]) => (
            <Menu.RadioItem key={name} value={name} rightSection={<Icon size={16} />}>
              {t(`scheme.${name}`)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}
