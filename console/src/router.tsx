import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router';
import { isApiError } from './api/problem.ts';
import { queryClient } from './api/query-client.ts';
import { sessionQuery } from './api/session.ts';
import { ErrorPage, NotFoundPage } from './kit/page/error-page.tsx';
import { Shell } from './kit/shell/shell.tsx';
import { parseSearch, stringifySearch, type Search } from './kit/search.ts';

const root = createRootRoute({
  errorComponent: ErrorPage,
  notFoundComponent: NotFoundPage,
  // Every page may carry a grid, so every address may carry the API's list parameters.
  validateSearch: (search: Search): Search => search,
  search: { middlewares: [retainSearchParams(['under'])] },
});

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  component: lazyRouteComponent(() => import('./areas/session/login-page.tsx'), 'LoginPage'),
});

/** Everything behind the log-in. */
const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  component: Shell,
  beforeLoad: async ({ location }) => {
    const session = await queryClient.ensureQueryData(sessionQuery).catch((error: unknown) => {
      if (isApiError(error, 401)) throw redirect({ to: '/login', search: { next: location.href } });
      throw error;
    });
    if (session.user.must_change_password) {
      throw redirect({ to: '/login', search: { next: location.href } });
    }
  },
});

const customers = createRoute({
  getParentRoute: () => app,
  path: '/customers',
  component: lazyRouteComponent(
    () => import('./areas/customers/customers-page.tsx'),
    'CustomersPage',
  ),
});

const home = createRoute({
  getParentRoute: () => app,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/customers' });
  },
});

export const router = createRouter({
  routeTree: root.addChildren([login, app.addChildren([home, customers])]),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultErrorComponent: ErrorPage,
  defaultNotFoundComponent: NotFoundPage,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
