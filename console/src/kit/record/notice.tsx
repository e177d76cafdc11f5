import type { TablerIcon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './notice.module.css';

interface NoticeProps {
  tone: 'off' | 'warn' | 'bad';
  icon: TablerIcon;
  children: ReactNode;
}

/** Above a record's tabs: what is wrong with it, what to know. */
export const Notice = ({ tone, icon: Icon, children }: NoticeProps) => (
  <p className={classes.root} data-tone={tone}>
    <Icon size={16} aria-hidden />
    <span>{children}</span>
  </p>
);
