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

/** The other pages of people who are not logged in. */
const open = [
  createRoute({
    getParentRoute: () => root,
    path: '/login/sso',
    component: lazyRouteComponent(() => import('./areas/session/sso-page.tsx'), 'SsoPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/forgot-password',
    component: lazyRouteComponent(() => import('./areas/session/forgot-page.tsx'), 'ForgotPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/reset-password',
    component: lazyRouteComponent(() => import('./areas/session/reset-page.tsx'), 'ResetPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/invitation',
    component: lazyRouteComponent(
      () => import('./areas/session/invitation-page.tsx'),
      'InvitationPage',
    ),
  }),
] as const;

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
    const { must_change_password, must_set_second_factor } = session.user;
    if (must_change_password || must_set_second_factor) {
      throw redirect({ to: '/login', search: { next: location.href } });
    }
  },
});

/** A page behind the log-in: its address, and where its code is. */
const page = <Path extends string, Name extends string>(
  path: Path,
  load: () => Promise<Record<Name, () => React.ReactNode>>,
  name: Name,
) =>
  createRoute({
    getParentRoute: () => app,
    path,
    component: lazyRouteComponent(
      load as () => Promise<Record<string, () => React.ReactNode>>,
      name,
    ),
  });

const tree = () => import('./areas/tree/pages.tsx');
const licences = () => import('./areas/licences/pages.tsx');
const devices = () => import('./areas/devices/pages.tsx');
const customerForm = () => import('./areas/customers/customer-form-page.tsx');

const pages = [
  page('/', () => import('./areas/dashboard/dashboard-page.tsx'), 'DashboardPage'),
  page('/customers', () => import('./areas/customers/customers-page.tsx'), 'CustomersPage'),
  page('/customers/new', customerForm, 'CustomerNewPage'),
  page('/customers/$id/edit', customerForm, 'CustomerEditPage'),
  page(
    '/customers/$id/{-$tab}',
    () => import('./areas/customers/customer-page.tsx'),
    'CustomerPage',
  ),
  page('/manager', () => import('./areas/customers/manager-page.tsx'), 'ManagerPage'),
  page('/bin', () => import('./areas/customers/bin-page.tsx'), 'BinPage'),
  page('/tenants', tree, 'TenantsPage'),
  page('/tenants/$id/{-$tab}', () => import('./areas/tree/tenant-page.tsx'), 'TenantPage'),
  page('/sites', tree, 'SitesPage'),
  page('/sites/$id/{-$tab}', () => import('./areas/tree/site-page.tsx'), 'SitePage'),
  page('/resellers', tree, 'ResellersPage'),
  page('/resellers/$id/{-$tab}', () => import('./areas/tree/reseller-page.tsx'), 'ResellerPage'),
  page('/providers', tree, 'ProvidersPage'),
  page('/providers/$id/{-$tab}', () => import('./areas/tree/provider-page.tsx'), 'ProviderPage'),
  page('/contacts', () => import('./areas/people/contacts-page.tsx'), 'ContactsPage'),
  page('/contacts/$id/{-$tab}', () => import('./areas/people/contact-page.tsx'), 'ContactPage'),
  page('/users', () => import('./areas/people/users-page.tsx'), 'UsersPage'),
  page('/users/$id/{-$tab}', () => import('./areas/people/user-page.tsx'), 'UserPage'),
  page('/products', licences, 'ProductsPage'),
  page('/products/$id/{-$tab}', () => import('./areas/licences/product-page.tsx'), 'ProductPage'),
  page('/licence-blocks', licences, 'LicenceBlocksPage'),
  page('/licence-blocks/$id/{-$tab}', () => import('./areas/licences/block-page.tsx'), 'BlockPage'),
  page('/licence-pools', licences, 'LicencePoolsPage'),
  page('/licence-pools/$id/{-$tab}', () => import('./areas/licences/pool-page.tsx'), 'PoolPage'),
  page('/overuse-cases', licences, 'OveruseCasesPage'),
  page('/overuse-cases/$id/{-$tab}', () => import('./areas/licences/case-page.tsx'), 'CasePage'),
  page('/devices', devices, 'DevicesPage'),
  page('/devices/$id/{-$tab}', () => import('./areas/devices/device-page.tsx'), 'DevicePage'),
  page('/device-groups', devices, 'DeviceGroupsPage'),
  page('/device-groups/$id/{-$tab}', () => import('./areas/devices/group-page.tsx'), 'GroupPage'),
  page('/roles', () => import('./areas/people/roles-page.tsx'), 'RolesPage'),
  page('/roles/$id/{-$tab}', () => import('./areas/people/role-page.tsx'), 'RolePage'),
  page('/invitations', () => import('./areas/people/invitations-page.tsx'), 'InvitationsPage'),
  page('/tokens', () => import('./areas/people/tokens-page.tsx'), 'TokensPage'),
  page('/imports', () => import('./areas/imports/imports-page.tsx'), 'ImportsPage'),
  page('/imports/$id', () => import('./areas/imports/import-page.tsx'), 'ImportPage'),
  page('/jobs', () => import('./areas/jobs/jobs-page.tsx'), 'JobsPage'),
  page('/email_domains', () => import('./areas/sso/domains-grid.tsx'), 'DomainsPage'),
  page('/mail', () => import('./areas/mail/mail-page.tsx'), 'MailPage'),
  page('/audit', () => import('./areas/audit/audit-page.tsx'), 'AuditPage'),
  page(
    '/notifications',
    () => import('./areas/notifications/notifications-page.tsx'),
    'NotificationsPage',
  ),
  page('/profile', () => import('./areas/profile/profile-page.tsx'), 'ProfilePage'),
  page('/help/$page', () => import('./areas/help/help-page.tsx'), 'HelpPage'),
] as const;

export const router = createRouter({
  routeTree: root.addChildren([login, ...open, app.addChildren(pages)]),
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
