import { useEffect, type ReactNode } from 'react';
import { t } from '@/text/t.ts';
import classes from './login-page.module.css';

interface CardProps {
  title: string;
  lead?: ReactNode;
  wide?: boolean;
  children?: ReactNode;
}

/** The pages of people who are not logged in: one card in the middle. */
export function Card({ title, lead, wide, children }: CardProps) {
  useEffect(() => {
    document.title = `${title} · ${t('app.name')}`;
  }, [title]);
  return (
    <main className={classes.root}>
      <div className={classes.card} data-wide={wide || undefined}>
        <img src="/favicon.svg" alt="" width={36} height={36} />
        <h1 className={classes.title}>{title}</h1>
        {lead && <p className={classes.lead}>{lead}</p>}
        {children}
      </div>
    </main>
  );
}

/** What went wrong, above the fields. */
export const Failed = ({ children }: { children: ReactNode }) => (
  <p className={classes.failed} role="alert">
    {children}
  </p>
);
