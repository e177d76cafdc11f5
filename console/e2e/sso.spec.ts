import type { Page } from '@playwright/test';
import { expectAccessible } from './support/axe.ts';
import { firstLogIn, logIn } from './support/log-in.ts';
import type { IdentityProvider } from './support/oidc.ts';
import { admin, type Server } from './support/server.ts';
import { expect, test } from './support/test.ts';

test.use({ withSso: true });

const given = 'a first password for them';
const own = 'their very own password 8';

const people = {
  mia: { email: 'mia@northline.example', email_verified: true, name: 'Mia Schäfer' },
  eve: { email: 'eve@elsewhere.example', email_verified: true, name: 'Eve' },
  new: { email: 'new@northline.example', email_verified: false, name: 'Not Verified' },
  again: { email: 'mia@northline.example', email_verified: true, name: 'Another Mia' },
};

async function configured(server: Server, identity: IdentityProvider, more: object = {}) {
  await identity.trust(server.url, people);
  type Named = { items: { id: string; name: string }[] };
  const { items: providers } = await server.api<Named>('GET', '/providers');
  const { items: roles } = await server.api<Named>('GET', '/roles');
  await server.api('POST', '/sso_providers', {
    provider_id: providers[0]!.id,
    name: 'Northline ID',
    issuer: identity.url,
    ...identity.client,
    email_domains: ['northline.example'],
    role_id: roles.find(({ name }) => name === 'Provider support')!.id,
    is_enabled: true,
    ...more,
  });
}

/** At the identity provider, and back. */
async function logInAs(page: Page, account: string) {
  await page.getByLabel('Email').fill('mia@northline.example');
  await page.getByRole('button', { name: 'Continue with Northline ID' }).click();
  await page.getByLabel('Account').fill(account);
  await page.getByRole('button', { name: 'Log in' }).click();
}

test('single sign-on is set up and tested', async ({ console: page, server, identity }) => {
  await identity.trust(server.url, people);
  await page.goto('/providers');
  await page.getByRole('link', { name: 'Northline Telecom' }).click();
  await page.getByRole('link', { name: 'Single sign-on' }).click();
  await expect(page.getByText('No single sign-on yet')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Add single sign-on' }).first().click();
  const drawer = page.getByRole('dialog', { name: 'Add single sign-on' });
  await expect(drawer.getByText(`${server.url}/login/sso`)).toBeVisible();
  await drawer.getByRole('textbox', { name: 'Name', exact: true }).fill('Northline ID');
  await drawer.getByRole('textbox', { name: 'Issuer' }).fill(`${identity.url}/wrong`);
  await drawer.getByRole('textbox', { name: 'Client id' }).fill(identity.client.client_id);
  await drawer.getByLabel('Client secret').fill(identity.client.client_secret);
  await drawer.getByRole('combobox', { name: 'Email domains' }).fill('northline.example,');
  await drawer.getByRole('combobox', { name: 'Role' }).fill('Provider sup');
  await page.getByRole('option', { name: 'Provider support' }).click();
  await drawer.getByRole('switch', { name: 'Enabled' }).click();
  await expectAccessible(page);
  await drawer.getByRole('button', { name: 'Add single sign-on' }).click();
  await expect(page.getByRole('cell', { name: 'northline.example', exact: true })).toBeVisible();
  await expectAccessible(page);

  const tryIt = async () => {
    await page.getByRole('button', { name: 'Commands for Northline ID' }).click();
    await page.getByRole('menuitem', { name: 'Test' }).click();
  };
  await tryIt();
  const dialog = page.getByRole('dialog', { name: 'Test' });
  await expect(dialog.getByText('This does not work yet:')).toBeVisible();
  await expect(dialog.getByText(/answers 404/)).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Escape');

  // Another issuer is not told the secret of this one.
  await page.getByRole('button', { name: 'Northline ID', exact: true }).click();
  const edit = page.getByRole('dialog', { name: 'Edit single sign-on' });
  await expect(edit.getByLabel('Client secret')).toHaveValue('');
  await edit.getByRole('textbox', { name: 'Issuer' }).fill(identity.url);
  await edit.getByRole('button', { name: 'Save' }).click();
  await expect(edit.getByText(/is required with another issuer/).first()).toBeVisible();
  await edit.getByLabel('Client secret').fill(identity.client.client_secret);
  await edit.getByRole('button', { name: 'Save' }).click();
  await expect(edit).toHaveCount(0);
  await tryIt();
  await expect(dialog.getByText('can be reached and understood')).toBeVisible();
  await expect(dialog.getByText(/signs with/)).toBeVisible();
  await expectAccessible(page);
});

test('somebody who had no account logs in with the identity provider', async ({
  visitor: page,
  server,
  identity,
}) => {
  await configured(server, identity);
  await page.goto('/customers?q=bay');
  await page.getByLabel('Email').fill('somebody@elsewhere.example');
  await expect(page.getByRole('button', { name: /^Continue/ })).toHaveCount(0);
  await page.getByLabel('Email').fill('mia@northline.example');
  await expect(page.getByRole('button', { name: 'Continue with Northline ID' })).toBeVisible();
  await expectAccessible(page);
  await logInAs(page, 'mia');
  await expect(page).toHaveURL(/\/customers\?q=bay$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Customers');
  await page.goto('/profile');
  await expect(page.getByRole('textbox', { name: 'Display name' })).toHaveValue('Mia Schäfer');
  await page.goBack();
  expect(page.url()).not.toContain('code=');
});

test('whoever is not let in is told why, and what was used once is worth nothing', async ({
  visitor: page,
  server,
  identity,
}) => {
  await configured(server, identity);
  const refused = async (account: string, why: RegExp) => {
    await page.context().clearCookies();
    await page.goto('/login');
    await logInAs(page, account);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('You were not logged in');
    await expect(page.getByText(why)).toBeVisible();
    await page.getByRole('link', { name: 'Back to log-in' }).click();
    await expect(page.getByLabel('Email')).toBeVisible();
  };
  await refused('eve', /does not belong to the domains/);
  await refused('new', /did not confirm your email address/);
  await page.context().clearCookies();
  await page.goto('/login');
  await logInAs(page, 'mia');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
  await refused('again', /linked to another identity/);

  await page.goto('/login/sso?state=made-up&code=made-up');
  await expect(page.getByText(/was not begun in this browser/)).toBeVisible();
  expect(page.url()).not.toContain('made-up');
  await expectAccessible(page);

  const { items } = await server.api<{ items: { action: string }[] }>(
    'GET',
    '/audit_events?action=refuse_log_in',
  );
  expect(items).toHaveLength(3);
});

test('where passwords are off, the platform’s admins still come in', async ({
  visitor: page,
  server,
  identity,
}) => {
  await configured(server, identity, {
    password_log_in: false,
    email_domains: ['northline.example', 'example.org'],
  });
  await page.goto('/login');
  await page.getByLabel('Email').fill(admin.email);
  await expect(page.getByRole('button', { name: 'Continue with Northline ID' })).toBeVisible();
  await expect(page.getByLabel('Password', { exact: true })).toHaveCount(0);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Log in with a password' }).click();
  await page.getByLabel('Password', { exact: true }).fill(admin.password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
});

test('an email domain waits until the platform approves it', async ({
  console: page,
  server,
  identity,
}) => {
  type Listed = { items: { id: string; name: string }[] };
  const { items: providers } = await server.api<Listed>('GET', '/providers');
  const { items: roles } = await server.api<Listed>('GET', '/roles?limit=50');
  const node_id = providers[0]!.id;
  // What the provider's own admin enters, and not the platform's.
  const pia = { email: 'pia@northline.example', display_name: 'Pia', node_id };
  await server.api('POST', '/users', {
    ...pia,
    role_id: roles.find(({ name }) => name === 'Provider admin')!.id,
    password: given,
    password_repeat: given,
  });
  await firstLogIn(page, pia.email, given, own);
  const made = await page.request.post(`${server.url}/api/v1/sso_providers`, {
    headers: { origin: server.url },
    data: {
      provider_id: node_id,
      name: 'Northline ID',
      issuer: identity.url,
      ...identity.client,
      email_domains: ['northline.example'],
      is_enabled: true,
    },
  });
  expect(made.status()).toBe(201);

  await page.context().clearCookies();
  await page.goto('/login');
  await logIn(page, admin.email, admin.password);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
  await page.goto(`/providers/${node_id}/sso_domains`);
  const row = page.getByRole('row', { name: 'northline.example' });
  await expect(row).toContainText('Waiting');
  await expectAccessible(page);
  await page.goto('/email_domains');
  await expect(row).toContainText('Northline Telecom');
  await expectAccessible(page);
  const decide = async (verb: string) => {
    await page.getByRole('button', { name: 'Commands for northline.example' }).click();
    await page.getByRole('menuitem', { name: verb }).click();
    const question = page.getByRole('dialog', { name: `${verb} northline.example` });
    await expectAccessible(page);
    await question.getByRole('button', { name: verb }).click();
  };
  await decide('Approve');
  await expect(row).toContainText('Approved');
  await decide('Refuse');
  await expect(row).toContainText('Refused');
  await decide('Approve');
  await expect(row).toContainText('Approved');

  await page.context().clearCookies();
  await page.goto('/login');
  await page.getByLabel('Email').fill('mia@northline.example');
  await expect(page.getByRole('button', { name: 'Continue with Northline ID' })).toBeVisible();
});
