import './kit/theme/styles.ts';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { onLoggedOut, queryClient } from './api/query-client.ts';
import { colorSchemeManager, theme } from './kit/theme/theme.ts';
import { router } from './router.tsx';

/** For people who are not logged in. */
const openPages = new Set(['/login', '/forgot-password', '/reset-password', '/invitation']);

onLoggedOut(() => {
  queryClient.clear();
  const { href, pathname } = router.state.location;
  if (!openPages.has(pathname)) void router.navigate({ to: '/login', search: { next: href } });
});

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={colorSchemeManager}
      // Both would write `<style>` tags, which the content security policy forbids.
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <Notifications position="bottom-right" />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
