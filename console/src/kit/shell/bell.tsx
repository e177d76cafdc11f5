import { ActionIcon, Popover, Skeleton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconBell } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { unreadQuery } from '@/api/notifications.ts';
import { t } from '@/text/t.ts';
import classes from './bell.module.css';

const Latest = lazy(() => import('./latest-notifications.tsx'));

/** More than this nobody counts. */
const most = 99;

/** What one is told: how much is new, and the latest of it (ONB-12). */
export function Bell() {
  const [opened, { toggle, close }] = useDisclosure();
  const unread = useQuery(unreadQuery).data ?? 0;
  const count = unread > most ? `${most}+` : String(unread);
  return (
    <Popover opened={opened} onDismiss={close} position="bottom-end" width={380} trapFocus>
      <Popover.Target>
        <ActionIcon
          className={classes.root}
          variant="subtle"
          color="gray"
          onClick={toggle}
          aria-label={t('notifications.bell', { count })}
          aria-expanded={opened}
        >
          <IconBell size={17} />
          {unread > 0 && <span className={classes.count}>{count}</span>}
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('notifications.title')}>
        <Suspense fallback={<Skeleton height={120} />}>
          {opened && <Latest unread={unread > 0} onLeave={close} />}
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}
