import { Button, Skeleton } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { markAllRead, notificationsQuery, unreadQuery } from '@/api/notifications.ts';
import { describeError } from '@/kit/feedback/toast.tsx';
import { Page } from '@/kit/page/page.tsx';
import { attempt } from '@/kit/record/lifecycle.tsx';
import { Panel, Panels } from '@/kit/record/panel.tsx';
import { NotificationList } from '@/kit/shell/notification-list.tsx';
import { t } from '@/text/t.ts';
import { Channels } from './channels.tsx';

/** Everything that one was told in the last 90 days, and how one wants to be told (ONB-12). */
export function NotificationsPage() {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } =
    useInfiniteQuery(notificationsQuery);
  const unread = useQuery(unreadQuery).data ?? 0;
  const items = data?.pages.flatMap((page) => page.items);
  return (
    <Page
      title={t('notifications.title')}
      help="notifications"
      actions={
        <Button variant="default" disabled={unread === 0} onClick={() => attempt(markAllRead)}>
          {t('notifications.read_all')}
        </Button>
      }
    >
      <Panels
        aside={
          <Panel title={t('notifications.channels')}>
            <Channels />
          </Panel>
        }
      >
        <Panel title={t('notifications.what')}>
          {error && <p role="alert">{describeError(error)}</p>}
          {!items && !error && <Skeleton height={160} />}
          {items?.length === 0 && <p className="dim">{t('notifications.none')}</p>}
          {items && <NotificationList items={items} />}
          {hasNextPage && (
            <Button
              variant="default"
              mt={12}
              loading={isFetchingNextPage}
              onClick={() => void fetchNextPage()}
            >
              {t('notifications.older')}
            </Button>
          )}
        </Panel>
      </Panels>
    </Page>
  );
}
