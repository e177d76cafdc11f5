import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { latestQuery, markAllRead } from '@/api/notifications.ts';
import { t } from '@/text/t.ts';
import { describeError } from '../feedback/toast.tsx';
import { attempt } from '../record/lifecycle.tsx';
import classes from './bell.module.css';
import { NotificationList } from './notification-list.tsx';

interface LatestProps {
  /** Whether there is anything new. */
  unread: boolean;
  onLeave: () => void;
}

/** Below the bell; loaded when somebody looks. */
export default function LatestNotifications({ unread, onLeave }: LatestProps) {
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
