import { expectAccessible } from './support/axe.ts';
import { logIn } from './support/log-in.ts';
import { admin } from './support/server.ts';
import { expect, test } from './support/test.ts';

test('logging in leads to the page that was asked for, logging out back to the form', async ({
  visitor: page,
}) => {
  const refused: string[] = [];
  page.on('response', (response) => {
    if (response.status() === 401) refused.push(response.url());
  });
  await page.goto('/customers?q=bay');
  await expect(page).toHaveURL(/\/login\?next=/);
  // Without a session none is asked for: the browser's console stays clean.
  expect(refused).toEqual([]);
  await expectAccessible(page);

  await logIn(page, admin.email.toUpperCase(), 'not the password');
  await expect(page.getByRole('alert')).toContainText('wrong');
  await expectAccessible(page);

  await page.getByLabel('Password', { exact: true }).fill(admin.password);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/customers\?q=bay$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Customers');

  await page.getByRole('button', { name: 'Your account' }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await expect(page).toHaveURL(/\/login$/);
  await page.goto('/customers');
  await expect(page).toHaveURL(/\/login/);
});

test('an address of another site is not gone to after logging in', async ({ visitor: page }) => {
  await page.goto('/login?next=//elsewhere.example/');
  await logIn(page, admin.email, admin.password);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
});

test('a password that somebody else set must be changed first', async ({
  visitor: page,
  server,
}) => {
  const { items: roles } = await server.api<{ items: { id: string; name: string }[] }>(
    'GET',
    '/roles',
  );
  const first = 'a password for the first day';
  await server.api('POST', '/users', {
    email: 'new@example.org',
    display_name: 'New Person',
    password: first,
    password_repeat: first,
    role_id: roles.find(({ name }) => name === 'Platform admin')!.id,
  });
  await page.goto('/');
  await logIn(page, 'new@example.org', first);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Choose a new password');
  await expectAccessible(page);

  await page.getByLabel(/^Current password/).fill(first);
  await page.getByLabel(/^New password/).fill('another one, only mine');
  await page.getByLabel(/^Repeat the new/).fill('another one, only mine?');
  await expect(page.getByText('The two passwords differ.')).toBeVisible();
  await page.getByLabel(/^Repeat the new/).fill('another one, only mine');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
});

test('the profile changes the name, lists sessions and ends them', async ({
  console: page,
  server,
}) => {
  // From elsewhere: with the browser's cookie it would take the place of the browser's own session.
  const elsewhere = await fetch(`${server.url}/api/v1/session`, {
    method: 'POST',
    body: JSON.stringify(admin),
    headers: { origin: server.url, 'content-type': 'application/json' },
  });
  expect(elsewhere.ok).toBe(true);
  await page.goto('/profile');
  await expectAccessible(page);
  await page.getByLabel('Display name').fill('Anna Berg');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Profile saved.')).toBeVisible();
  await page.getByRole('button', { name: 'Your account' }).click();
  await expect(page.getByText('Anna Berg')).toBeVisible();
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'End' }).first().click();
  await expect(page.getByText('Session ended.')).toBeVisible();
  await expect(page.getByText('This one')).toBeVisible();
});
