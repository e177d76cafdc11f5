import type { ReactNode } from 'react';
import { t } from '@/text/t.ts';
import { isBlank } from '../value.tsx';
import classes from './panel.module.css';

interface PanelsProps {
  /** What is read along: on the right where there is room, else below. */
  aside?: ReactNode;
  children: ReactNode;
}

/** Panels beside each other, as many as fit; those of one row are equally high. */
export const Panels = ({ aside, children }: PanelsProps) => (
  <div className={classes.root}>
    <div className={classes.layout} data-aside={aside ? true : undefined}>
      <div className={classes.panels}>{children}</div>
      {aside}
    </div>
  </div>
);

interface PanelProps {
  title: string;
  action?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

export function Panel({ title, action, wide, children }: PanelProps) {
  return (
    <section className={classes.panel} data-wide={wide || undefined} aria-label={title}>
      <header className={classes.header}>
        <h2 className={classes.title}>{title}</h2>
        {action}
      </header>
      {children}
    </section>
  );
}

/** Name and value, one under the other; a value that is not there says so. */
export function Facts({ facts }: { facts: [label: string, value: ReactNode][] }) {
  return (
    <dl className={classes.facts}>
      {facts.map(([label, value], index) => (
        <div key={`${index}${label}`} className={classes.fact}>
          <dt>{label}</dt>
          <dd>
            {isBlank(value) ? (
              <span className="dim" aria-label={t('value.none')}>
                –
              </span>
            ) : (
              value
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
