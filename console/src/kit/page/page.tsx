import { Link, type LinkProps } from '@tanstack/react-router';
import { useEffect, type ReactNode } from 'react';
import { t } from '@/text/t.ts';
import type { HelpPage } from '@/areas/help/pages.ts';
import { HelpLink } from './help-link.tsx';
import { HeaderSlot } from '../shell/slot.tsx';
import classes from './page.module.css';

export interface Crumb {
  label: string;
  link?: LinkProps;
}

interface PageProps {
  title: string;
  /** The way here; the page's own title is added. */
  crumbs?: Crumb[];
  /** Beside the title: badges, an id. */
  aside?: ReactNode;
  actions?: ReactNode;
  /** The guide's page about this one. */
  help?: HelpPage;
  /** The page fills the window and scrolls inside, as grids do. */
  fill?: boolean;
  children: ReactNode;
}

export function Page({ title, crumbs = [], aside, actions, help, fill, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · ${t('app.name')}`;
  }, [title]);
  return (
    <div className={classes.root} data-fill={fill || undefined}>
      <HeaderSlot>
        <nav aria-label={t('crumbs.label')}>
          <ol className={classes.crumbs}>
            {crumbs.map(({ label, link }) => (
              <li key={label}>{link ? <Link {...link}>{label}</Link> : label}</li>
            ))}
            <li aria-current="page">{title}</li>
          </ol>
        </nav>
      </HeaderSlot>
      <div className={classes.head}>
        <h1 className={classes.title}>{title}</h1>
        {aside && <div className={classes.aside}>{aside}</div>}
        {help && <HelpLink page={help} />}
        {actions && <div className={classes.actions}>{actions}</div>}
      </div>
      {children}
    </div>
  );
}
