import {
  IconAlertTriangle,
  IconCloudOff,
  IconInbox,
  IconLock,
  IconMapOff,
  IconSearchOff,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { t } from '@/text/t.ts';
import classes from './message.module.css';

const icons = {
  crash: IconAlertTriangle,
  offline: IconCloudOff,
  forbidden: IconLock,
  absent: IconMapOff,
  empty: IconInbox,
  nothing: IconSearchOff,
};

interface MessageProps {
  kind: keyof typeof icons;
  title: string;
  lead?: string;
  requestId?: string;
  /** The next step. */
  action?: ReactNode;
}

/** A place with nothing to show says why, and what to do about it. */
export function Message({ kind, title, lead, requestId, action }: MessageProps) {
  const Icon = icons[kind];
  return (
    <div className={classes.root} data-kind={kind} role={kind === 'crash' ? 'alert' : undefined}>
      <Icon size={28} stroke={1.5} aria-hidden />
      <h2 className={classes.title}>{title}</h2>
      {lead && <p className={classes.lead}>{lead}</p>}
      {requestId && (
        <p className={classes.lead}>
          {t('error.request')} <code className="mono">{requestId}</code>
        </p>
      )}
      {action && <div className={classes.action}>{action}</div>}
    </div>
  );
}
