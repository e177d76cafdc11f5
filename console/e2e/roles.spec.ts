import { expectAccessible } from './support/axe.ts';
import { firstLogIn } from './support/log-in.ts';
import { admin } from './support/server.ts';
import { expect, test } from './support/test.ts';

const first = 'a first password for them';
const own = 'seven kettles in a blue shed';

test('a role is cloned, changed and given; who has it sees exactly that', async ({
  console: page,
}) => {
  await page.goto('/roles');
  await expect(page.getByRole('link', { name: 'Provider support' })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Commands for Customer manager' }).click();
  await page.getByRole('menuitem', { name: 'Clone' }).click();
  const clone = page.getByRole('dialog', { name: 'Clone' });
  await clone.getByRole('textbox', { name: 'Name' }).fill('Site scout');
  await clone.getByRole('combobox', { name: 'Belongs to' }).fill('North');
  await page.getByRole('option', { name: 'Northline Telecom', exact: true }).click();
  await expect(clone.getByRole('combobox', { name: 'Held at' })).toHaveValue('Provider');
  await expectAccessible(page);
  await clone.getByRole('button', { name: 'Clone' }).click();

  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Site scout');
  await expect(page.getByRole('img', { name: 'Sites: Delete', exact: true })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  const drawer = page.getByRole('dialog', { name: 'Edit role' });
  // A click on a row's or column's head switches all of it: everything off, then what a scout needs.
  for (const name of ['Customers', 'Tenants', 'Sites', 'Contacts', 'Read', 'Read']) {
    await drawer.getByRole('button', { name: `All: ${name}`, exact: true }).click();
  }
  await expect(drawer.getByRole('checkbox', { checked: true })).toHaveCount(0);
  await drawer.getByRole('checkbox', { name: 'Sites: Read' }).check();
  await drawer.getByRole('checkbox', { name: 'Customers: Read' }).check();
  await expectAccessible(page);
  await drawer.getByRole('button', { name: 'Save' }).click();
  await expect(
    page.getByText(/^Compared with Customer manager: 0 added, \d+ left out\.$/),
  ).toBeVisible();
  await expect(page.getByRole('img', { name: 'Sites: Read', exact: true })).toBeVisible();
  await expect(page.getByRole('img', { name: 'Sites: Delete (left out)' })).toBeVisible();

  await page.goto('/users?dialog=user.add');
  const user = page.getByRole('dialog', { name: 'Add user' });
  await user.getByRole('textbox', { name: 'Email' }).fill('scout@example.org');
  await user.getByRole('textbox', { name: 'Display name' }).fill('Sam Scout');
  await user.getByRole('combobox', { name: 'Works at' }).fill('North');
  await page.getByRole('option', { name: 'Northline Telecom', exact: true }).click();
  await user.getByRole('combobox', { name: 'Role' }).fill('scout');
  await page.getByRole('option', { name: 'Site scout' }).click();
  await user.getByLabel(/^Password/).fill(first);
  await user.getByLabel(/^Repeat the password/).fill(first);
  await user.getByRole('button', { name: 'Add user' }).click();
  await expect(page.getByRole('link', { name: 'Sam Scout' })).toBeVisible();

  await firstLogIn(page, 'scout@example.org', first, own);
  const menu = page.getByRole('navigation', { name: 'Main navigation' });
  await expect(menu.getByRole('link', { name: 'Sites' })).toBeVisible();
  await expect(menu.getByRole('link')).toHaveText(['Dashboard', 'Customers', 'Sites']);
  await page.goto('/sites');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sites');
  await expect(page.getByRole('button', { name: 'Add site' })).toHaveCount(0);
});

test('what changes in a template is taken over', async ({ console: page, server }) => {
  const [house] = (await server.api<{ items: { id: string }[] }>('GET', '/providers')).items;
  const role = { name: 'Template', node_id: house!.id, permissions: ['sites:read'] };
  const { id } = await server.api<{ id: string }>('POST', '/roles', role);
  const copy = { name: 'Copy', node_id: house!.id };
  const made = await server.api<{ id: string }>('POST', `/roles/${id}/clone`, copy);
  await server.api('PATCH', `/roles/${id}`, { permissions: ['tenants:read'] });
  await page.goto(`/roles/${made.id}`);
  await expect(page.getByText('New: Tenants: Read. No more: Sites: Read.')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Take over' }).click();
  await expect(page.getByRole('button', { name: 'Take over' })).toHaveCount(0);
  await expect(page.getByRole('img', { name: 'Tenants: Read', exact: true })).toBeVisible();
  await expect(page.getByRole('img', { name: 'Sites: Read', exact: true })).toHaveCount(0);
});

test('a held role stays, and its page says who has it', async ({ console: page, server }) => {
  const [house] = (await server.api<{ items: { id: string }[] }>('GET', '/providers')).items;
  const role = { name: 'Held', node_id: house!.id, permissions: ['sites:read'] };
  const { id } = await server.api<{ id: string }>('POST', '/roles', role);
  await server.api('POST', '/users', {
    email: 'holder@example.org',
    display_name: 'Holly Holder',
    password: first,
    password_repeat: first,
    role_id: id,
    node_id: house!.id,
  });
  await page.goto(`/roles/${id}`);
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  const question = page.getByRole('dialog', { name: 'Delete Held?' });
  await question.getByRole('button', { name: 'Delete' }).click();
  const blocked = page.getByRole('dialog', { name: 'Held cannot be deleted yet' });
  await blocked.getByRole('link', { name: '1 Users who hold it' }).click();
  await expect(page.getByRole('link', { name: 'Holly Holder' })).toBeVisible();
  await expectAccessible(page);
});

test('sessions of others are seen and ended; an account is locked', async ({
  console: page,
  server,
  browser,
}) => {
  const [house] = (await server.api<{ items: { id: string }[] }>('GET', '/providers')).items;
  const roles = await server.api<{ items: { id: string }[] }>('GET', '/roles?q=read-only');
  const { id } = await server.api<{ id: string }>('POST', '/users', {
    email: 'away@example.org',
    display_name: 'Avery Away',
    password: first,
    password_repeat: first,
    role_id: roles.items[0]!.id,
    node_id: house!.id,
  });
  const elsewhere = await browser.newContext({ baseURL: server.url });
  const headers = { origin: server.url };
  const logIn = () =>
    elsewhere.request.post('/api/v1/session', {
      headers,
      data: { email: 'away@example.org', password: first },
    });
  expect((await logIn()).status()).toBe(200);
  await page.goto(`/users/${id}`);
  const sessions = page.getByRole('region', { name: 'Sessions' });
  await sessions.getByRole('button', { name: 'End', exact: true }).click();
  await expect(sessions.getByText('Not logged in anywhere.')).toBeVisible();
  expect((await elsewhere.request.get('/api/v1/session')).status()).toBe(401);
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Lock', exact: true }).click();
  await expect(page.getByText('Locked', { exact: true })).toBeVisible();
  expect((await logIn()).status()).toBe(401);
  await expectAccessible(page);
  await elsewhere.close();
});

test('a customer gets its own admin in the form', async ({ console: page, server }) => {
  const [house] = (await server.api<{ items: { id: string }[] }>('GET', '/providers')).items;
  await server.api('PATCH', `/providers/${house!.id}`, { domains: ['northline.example'] });
  await page.goto('/customers/new');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Größe & Co');
  await page.getByRole('switch', { name: 'Add a local admin' }).check();
  await expect(page.getByText('Logs in as Grosse__CoAdmin@northline.example')).toBeVisible();
  const section = page.getByRole('region', { name: 'Local admin' });
  await section.getByRole('combobox', { name: 'Role to clone' }).fill('reseller');
  await page.getByRole('option', { name: 'Reseller admin' }).click();
  await expect(section.getByLabel('Its role')).toHaveValue('Größe & Co Reseller admin');
  await expect(section.getByRole('img', { name: 'Users: Add' })).toBeVisible();
  await expect(section.getByRole('img', { name: 'Customers: Add' })).toHaveCount(0);
  await section.getByLabel(/^Password/).fill('short');
  await section.getByLabel(/^Repeat the password/).fill('short');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Add customer' }).click();
  await expect(section.getByText(/needs at least 12 characters/)).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('Größe & Co');
  await section.getByLabel(/^Password/).fill(first);
  await section.getByLabel(/^Repeat the password/).fill(first);
  await page.getByRole('button', { name: 'Add customer' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Größe & Co');

  await firstLogIn(page, 'grosse__coadmin@northline.example', first, own);
  const menu = page.getByRole('navigation', { name: 'Main navigation' });
  await expect(menu.getByRole('link', { name: 'Users' })).toBeVisible();
  await expect(menu.getByRole('link', { name: 'Providers' })).toHaveCount(0);
});

test('without the section nothing of a local admin is stored', async ({
  console: page,
  server,
}) => {
  await page.goto('/customers/new');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Plain');
  const on = page.getByRole('switch', { name: 'Add a local admin' });
  await on.check();
  await page.getByLabel(/^Password/).fill(admin.password);
  await on.uncheck();
  await page.getByRole('button', { name: 'Add customer' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Plain');
  const users = await server.api<{ items: unknown[] }>('GET', '/users');
  const roles = await server.api<{ items: unknown[] }>('GET', '/roles?built_in=false');
  expect([users.items.length, roles.items.length]).toEqual([1, 0]);
});
