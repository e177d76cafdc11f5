import { IconMailOff } from '@tabler/icons-react';
import { useCan, useSession } from '@/api/session.ts';
import { t } from '@/text/t.ts';
import classes from './no-server.module.css';

/** Without a mail server messages are kept: told to those who can do something about it. */
export function NoServer() {
  const can = useCan();
  const { installation } = useSession();
  if (installation.sends_mail || !can('settings:update')) return null;
  return (
    <p className={classes.root} role="status">
      <IconMailOff size={16} aria-hidden />
      <span>{t('mail.no_server')}</span>
    </p>
  );
}
