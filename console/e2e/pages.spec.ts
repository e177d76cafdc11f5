import { expectAccessible } from './support/axe.ts';
import type { Server } from './support/server.ts';
import { expect, test } from './support/test.ts';

/** One of each, so that no page is empty. */
async function fill({ api }: Server) {
  const reseller = await api<{ id: string }>('POST', '/resellers', { name: 'Vertex IT' });
  const { id } = await api<{ id: string }>('POST', '/customers', {
    name: 'Alpine Media with a name that is longer than any column of any list will ever be',
    customer_id: 'P-1',
    reseller_id: reseller.id,
    domains: ['alpine.example'],
  });
  await api('POST', '/sites', { customer_id: id, name: 'Head office', country: 'IE' });
  await api('POST', '/contacts', {
    first_name: 'Ada',
    last_name: 'Byrne',
    email: 'ada@alpine.example',
  });
}
test.use({ seed: { fill } });

const lists = {
  '/': 'Dashboard',
  '/customers': 'Customers',
  '/tenants': 'Tenants',
  '/sites': 'Sites',
  '/contacts': 'Contacts',
  '/providers': 'Providers',
  '/resellers': 'Resellers',
  '/users': 'Users',
  '/tokens': 'API tokens',
  '/notifications': 'Notifications',
  '/imports': 'Imports',
  '/jobs': 'Jobs',
  '/audit': 'Audit log',
  '/bin': 'Bin',
  '/profile': 'Profile and sessions',
  '/help/start': 'The first five minutes',
};

for (const [address, title] of Object.entries(lists)) {
  test(`${address} is accessible and quiet`, async ({ console: page }) => {
    await page.goto(address);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
    await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
    await expectAccessible(page);
  });
}

test('every tab of a customer is accessible', async ({ console: page, server }) => {
  const { items } = await server.api<{ items: { id: string }[] }>('GET', '/customers');
  const id = items[0]!.id;
  for (const tab of ['', '/sites', '/tenants', '/contacts', '/users', '/history']) {
    await page.goto(`/customers/${id}${tab}`);
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Alpine Media');
    await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
    await expectAccessible(page);
  }
});

test('the pages of sites, tenants, resellers, providers, contacts and users', async ({
  console: page,
}) => {
  for (const list of ['sites', 'tenants', 'resellers', 'providers', 'contacts', 'users']) {
    await page.goto(`/${list}`);
    await page.locator('[data-row-target]').first().click();
    await expect(page).toHaveURL(new RegExp(`/${list}/[0-9a-f-]{36}`));
    await expect(page.getByRole('link', { name: 'History' })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'History' }).click();
    await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
  }
});

test('what does not exist, and what is no address at all', async ({ console: page }) => {
  await page.goto('/customers/019726af-f027-7e50-9c53-6e2290cf1df8');
  await expect(page.getByText('Not found')).toBeVisible();
  await expectAccessible(page);
  await page.goto('/no/such/page');
  await expect(page.getByText('Not found')).toBeVisible();
  await page.getByRole('button', { name: 'Go to the dashboard' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
});

test('a server that does not answer is said, and the page comes back', async ({
  console: page,
}) => {
  await page.goto('/');
  await page.route('**/api/v1/sites**', (route) => route.abort());
  await page.getByRole('link', { name: 'Sites' }).first().click();
  await expect(page.getByText('The server does not answer')).toBeVisible({ timeout: 15_000 });
  await page.unroute('**/api/v1/sites**');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('button', { name: 'Columns', exact: true })).toBeVisible();
});

test('the palette goes anywhere by name and by id', async ({ console: page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
  await page.keyboard.press('Control+k');
  await expect(page.getByPlaceholder(/Go to a page/)).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.type('P-1');
  await expect(page.getByRole('dialog').getByText('Alpine Media')).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Alpine Media');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('audit');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Audit log');
});

test('? lists the shortcuts', async ({ console: page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await expectAccessible(page);
});

test('the scope narrows every list and says so', async ({ console: page, server }) => {
  await server.api('POST', '/customers', { name: 'Somewhere else' });
  await page.goto('/customers?q=Somewhere');
  const rows = page.getByRole('region', { name: 'Customers' });
  await expect(rows.getByText('Somewhere else')).toBeVisible();
  await page.getByRole('button', { name: /^Scope/ }).click();
  await page.getByPlaceholder(/Search providers/).fill('Vertex');
  await expectAccessible(page);
  await page.getByRole('option', { name: /Vertex IT/ }).click();
  await expect(page.getByText('Showing only what is under Vertex IT.')).toBeVisible();
  await expect(rows.getByText('Somewhere else')).toHaveCount(0);
  await expectAccessible(page);

  // It stays on the way to other pages, and after a reload.
  await page.getByRole('link', { name: 'Sites' }).click();
  await expect(page).toHaveURL(/under=/);
  await page.reload();
  await expect(page.getByText('Showing only what is under Vertex IT.')).toBeVisible();
  await page.getByRole('button', { name: 'Show everything' }).click();
  await expect(page).not.toHaveURL(/under=/);
});

test('the menus of the header', async ({ console: page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'Colour scheme' }).click();
  await expectAccessible(page);
  await page.getByRole('menuitemradio', { name: 'Dark' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
  await page.getByRole('button', { name: 'Your account' }).click();
  await expect(page.getByRole('menuitem', { name: 'Guide' })).toBeVisible();
});
