import { Link } from '@tanstack/react-router';
import { useShows } from '@/api/session.ts';
import { navigation } from '@/navigation.ts';
import { t } from '@/text/t.ts';
import { ScopeSwitcher } from './scope-switcher.tsx';
import classes from './sidebar.module.css';

export function Sidebar() {
  const shows = useShows();
  const groups = navigation
    .map((group) => ({
      ...group,
      items: group.items.filter(shows),
    }))
    .filter(({ items }) => items.length > 0);

  return (
    <div className={classes.root}>
      <ScopeSwitcher />
      <nav aria-label={t('nav.label')} className={classes.nav}>
        {groups.map((group) => (
          <section key={group.label ?? 'top'}>
            {group.label && <h2 className={classes.group}>{t(group.label)}</h2>}
            <ul className={classes.list}>
              {group.items.map(({ to, label, icon: Icon }) => (
                <li key={to}>
                  <Link
                    to={to}
                    className={classes.link}
                    activeProps={{ 'data-active': true }}
                    activeOptions={{ exact: to === '/', includeSearch: false }}
                  >
                    <Icon size={16} stroke={1.75} aria-hidden />
                    {t(label)}
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </nav>
    </div>
  );
}
