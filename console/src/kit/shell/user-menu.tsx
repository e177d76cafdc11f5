import { Kbd, Menu, UnstyledButton } from '@mantine/core';
import {
  IconBook2,
  IconChevronDown,
  IconKeyboard,
  IconLogout,
  IconUserCircle,
} from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { api } from '@/api/client.ts';
import { queryClient } from '@/api/query-client.ts';
import { useSession } from '@/api/session.ts';
import { t } from '@/text/t.ts';
import { showOverlay } from '../palette/store.ts';
import { Initials } from '../initials.tsx';
import classes from './user-menu.module.css';

export function UserMenu() {
  const { user, role } = useSession();
  const navigate = useNavigate();
  const logOut = async () => {
    await api.DELETE('/session');
    await navigate({ to: '/login', search: {} });
    queryClient.clear();
  };
  return (
    <Menu position="bottom-end" width={232}>
      <Menu.Target>
        <UnstyledButton className={classes.target} aria-label={t('user.menu')}>
          <Initials name={user.display_name || user.email} round />
          <IconChevronDown size={14} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={classes.who}>
          <strong>{user.display_name || user.email}</strong>
          <span>{user.email}</span>
          <span>{role.name}</span>
        </div>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconUserCircle size={16} />}
          renderRoot={(props) => <Link {...props} to="/profile" search={{}} />}
        >
          {t('user.profile')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconBook2 size={16} />}
          renderRoot={(props) => (
            <Link {...props} to="/help/$page" params={{ page: 'start' }} search={{}} />
          )}
        >
          {t('nav.help')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconKeyboard size={16} />}
          rightSection={<Kbd size="xs">?</Kbd>}
          onClick={() => showOverlay('shortcuts')}
        >
          {t('user.shortcuts')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void logOut()}>
          {t('user.logout')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
