import { UnstyledButton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { markRead, type Notification } from '@/api/notifications.ts';
import { t } from '@/text/t.ts';
import { attempt } from '../record/lifecycle.tsx';
import { recordLink } from '../record/links.ts';
import { Instant } from '../value.tsx';
import classes from './notification-list.module.css';

interface NotificationListProps {
  items: Notification[];
  /** Somebody goes to what a notification is about. */
  onLeave?: () => void;
}

/** Notifications in their order; going to what one is about marks it as read. */
export function NotificationList({ items, onLeave }: NotificationListProps) {
  return (
    <ul className={classes.list}>
      {items.map(({ id, text, at, is_read, object_type, object_id }) => {
        const link = recordLink(object_type, object_id);
        const read = () => attempt(() => markRead(id));
        return (
          <li key={id} className={classes.item} data-read={is_read || undefined}>
            <span className={classes.text}>
              {!is_read && (
                <span className={classes.dot} role="img" aria-label={t('notifications.new')} />
              )}
              {link ? (
                <Link
                  {...link}
                  onClick={() => {
                    if (!is_read) read();
                    onLeave?.();
                  }}
                >
                  {text}
                </Link>
              ) : (
                text
              )}
            </span>
            <span className={classes.aside}>
              <Instant iso={at} />
              {!is_read && (
                <UnstyledButton className={classes.mark} onClick={read}>
                  {t('notifications.read')}
                </UnstyledButton>
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
