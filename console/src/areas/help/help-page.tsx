import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { marked } from 'marked';
import { NotFoundPage } from '@/kit/page/error-page.tsx';
import { Page } from '@/kit/page/page.tsx';
import { t } from '@/text/t.ts';
import classes from './help-page.module.css';
import { helpPages, helpTitle, isHelpPage, type HelpPage as Name } from './pages.ts';

/** The guide: the same files as in the repository, shown where the work is done. */
export function HelpPage() {
  const { page = 'start' } = useParams({ strict: false });
  if (!isHelpPage(page)) return <NotFoundPage />;
  return (
    <Page title={t(helpTitle(page))} crumbs={[{ label: t('nav.help') }]}>
      <div className={classes.root}>
        <nav aria-label={t('nav.help')} className={classes.nav}>
          {(Object.keys(helpPages) as Name[]).map((name) => (
            <Link
              key={name}
              to="/help/$page"
              params={{ page: name }}
              search={{}}
              activeProps={{ 'data-active': true }}
            >
              {t(helpTitle(name))}
            </Link>
          ))}
        </nav>
        <Article page={page} />
      </div>
    </Page>
  );
}

function Article({ page }: { page: Name }) {
  const { data } = useQuery({
    queryKey: ['help', page],
    queryFn: async () => {
      const { default: text } = await helpPages[page]();
      // The page shows the title already; the text is our own file, not somebody's input.
      return marked.parse(text.replace(/^# .*\n/, ''), { async: false });
    },
    staleTime: Infinity,
  });
  return <article className={classes.article} dangerouslySetInnerHTML={{ __html: data ?? '' }} />;
}
