import { Drawer } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Outlet, useLocation } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { t } from '@/text/t.ts';
import { ConfirmHost } from '../feedback/confirm.tsx';
import { Overlays } from '../palette/overlays.tsx';
import { Header } from './header.tsx';
import { ScopeBanner } from './scope-banner.tsx';
import classes from './shell.module.css';
import { Sidebar } from './sidebar.tsx';
import { SlotProvider } from './slot.tsx';
import { WorksAsBanner } from './works-as-banner.tsx';

/** The frame around every page behind the log-in. */
export function Shell() {
  const [drawer, { open, close }] = useDisclosure();
  const [crumbs, setCrumbs] = useState<HTMLElement | null>(null);
  const { pathname } = useLocation();
  useEffect(close, [pathname, close]);

  return (
    <SlotProvider value={crumbs}>
      <a className={classes.skip} href="#content">
        {t('app.skip')}
      </a>
      <div className={classes.frame}>
        <aside className={classes.sidebar}>
          <Sidebar />
        </aside>
        <div className={classes.column}>
          <Header crumbsSlot={setCrumbs} onMenu={open} />
          <WorksAsBanner />
          <ScopeBanner />
          <main id="content" className={classes.content} tabIndex={-1}>
            <Outlet />
          </main>
        </div>
      </div>
      <Drawer.Root opened={drawer} onClose={close} size={264} padding={0}>
        <Drawer.Overlay />
        <Drawer.Content aria-label={t('nav.label')}>
          <Sidebar />
        </Drawer.Content>
      </Drawer.Root>
      <Overlays />
      <ConfirmHost />
    </SlotProvider>
  );
}
