import { ActionIcon, Button, Indicator, Popover, Skeleton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconBell } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { latestQuery, markAllRead, unreadQuery } from '@/api/notifications.ts';
import { t } from '@/text/t.ts';
import { describeError } from '../feedback/toast.tsx';
import { attempt } from '../record/lifecycle.tsx';
import classes from './bell.module.css';
import { NotificationList } from './notification-list.tsx';

/** More than this nobody counts. */
const most = 99;

/** What one is told: how much is new, and the latest of it (ONB-12). */
export function Bell() {
  const [opened, { toggle, close }] = useDisclosure();
  const unread = useQuery(unreadQuery).data ?? 0;
  const label = unread > most ? `${most}+` : String(unread);
  return (
    <Popover opened={opened} onDismiss={close} position="bottom-end" width={380} trapFocus>
      <Popover.Target>
        <Indicator
          label={label}
          disabled={unread === 0}
          size={16}
          offset={5}
          classNames={{ indicator: classes.count }}
        >
          <ActionIcon
            variant="subtle"
            color="gray"
            onClick={toggle}
            aria-label={t('notifications.bell', { count: unread })}
            aria-expanded={opened}
          >
            <IconBell size={17} />
          </ActionIcon>
        </Indicator>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('notifications.title')}>
        {opened && <Latest unread={unread > 0} onLeave={close} />}
      </Popover.Dropdown>
    </Popover>
  );
}

function Latest({ unread, onLeave }: { unread: boolean; onLeave: () => void }) {
  const { data, error } = useQuery({ ...latestQuery, staleTime: 0 });
  return (
    <>
      <div className={classes.head}>
        <h2 className={classes.title}>{t('notifications.title')}</h2>
        {unread && (
          <Button size="compact-sm" variant="subtle" onClick={() => attempt(markAllRead)}>
            {t('notifications.read_all')}
          </Button>
        )}
      </div>
      {error && <p role="alert">{describeError(error)}</p>}
      {!data && !error && <Skeleton height={96} />}
      {data?.length === 0 && <p className="dim">{t('notifications.none')}</p>}
      {data && <NotificationList items={data} onLeave={onLeave} />}
      <div className={classes.foot}>
        <Link to="/notifications" search={{}} onClick={onLeave}>
          {t('notifications.all')}
        </Link>
      </div>
    </>
  );
}
