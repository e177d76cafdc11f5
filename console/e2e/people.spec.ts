import { expectAccessible } from './support/axe.ts';
import { expect, test } from './support/test.ts';

test('a person is added to a customer, gets roles, and is unlinked with a way back', async ({
  console: page,
  server,
}) => {
  const { id } = await server.api<{ id: string }>('POST', '/customers', { name: 'People Owner' });
  await page.goto(`/customers/${id}/contacts`);
  await page.getByRole('button', { name: 'Link contact' }).first().click();
  const drawer = page.getByRole('dialog', { name: 'Link contact' });
  await drawer.getByText('New contact').click();
  await drawer.getByRole('checkbox', { name: 'Primary' }).check();
  await drawer.getByRole('textbox', { name: 'First name' }).fill('Emma');
  await drawer.getByRole('textbox', { name: 'Last name' }).fill('Tanaka');
  await expectAccessible(page);
  await drawer.getByRole('button', { name: 'Link contact' }).click();
  await expect(page.getByRole('link', { name: 'Emma Tanaka' })).toBeVisible();
  await expect(page.getByRole('cell', { name: 'Primary', exact: true })).toBeVisible();

  await page.getByRole('button', { name: 'Commands for Emma Tanaka' }).click();
  await page.getByRole('menuitem', { name: 'Change roles' }).click();
  const roles = page.getByRole('dialog', { name: 'Change roles' });
  await roles.getByRole('checkbox', { name: 'Billing' }).check();
  await roles.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('cell', { name: 'Primary, Billing' })).toBeVisible();

  await page.getByRole('button', { name: 'Commands for Emma Tanaka' }).click();
  await page.getByRole('menuitem', { name: 'Unlink' }).click();
  await expect(page.getByText('Nobody is linked yet')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('cell', { name: 'Primary, Billing' })).toBeVisible();
});

test('a known contact is found by name and linked', async ({ console: page, server }) => {
  const { id } = await server.api<{ id: string }>('POST', '/customers', { name: 'Second Owner' });
  await server.api('POST', '/contacts', { first_name: 'Oliver', last_name: 'Grant' });
  await page.goto(`/customers/${id}/contacts?dialog=link.add`);
  const drawer = page.getByRole('dialog', { name: 'Link contact' });
  await drawer.getByRole('combobox', { name: 'Contact' }).fill('grant');
  await page.getByRole('option', { name: 'Oliver Grant' }).click();
  await drawer.getByRole('button', { name: 'Link contact' }).click();
  await expect(page.getByRole('link', { name: 'Oliver Grant' })).toBeVisible();
});

test('a user is added, disabled and enabled, and gets another password and role', async ({
  console: page,
}) => {
  await page.goto('/users');
  await page.getByRole('button', { name: 'Add user' }).first().click();
  const drawer = page.getByRole('dialog', { name: 'Add user' });
  await drawer.getByRole('textbox', { name: 'Email' }).fill('mia@example.org');
  await drawer.getByRole('textbox', { name: 'Display name' }).fill('Mia Schäfer');
  await drawer.getByRole('combobox', { name: 'Works at' }).fill('North');
  await page.getByRole('option', { name: 'Northline Telecom', exact: true }).click();
  await drawer.getByRole('combobox', { name: 'Role' }).fill('Customer man');
  await page.getByRole('option', { name: 'Customer manager' }).click();
  await drawer.getByLabel(/^Password/).fill('a first password for mia');
  await drawer.getByLabel(/^Repeat the password/).fill('another one');
  await drawer.getByRole('button', { name: 'Add user' }).click();
  await expect(drawer.getByText('The two passwords differ.')).toBeVisible();
  await expectAccessible(page);
  await drawer.getByLabel(/^Repeat the password/).fill('a first password for mia');
  await drawer.getByRole('button', { name: 'Add user' }).click();

  await page.getByRole('link', { name: 'Mia Schäfer' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Mia Schäfer');
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Disable' }).click();
  await expect(page.getByText('Disabled', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('Active', { exact: true })).toBeVisible();

  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Set password' }).click();
  const dialog = page.getByRole('dialog', { name: /Set the password of/ });
  await dialog.getByLabel(/^New password/).fill('something else for mia');
  await dialog.getByLabel('Repeat the new password').fill('something else for mia');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Set password' }).click();
  await expect(page.getByText('Password set.')).toBeVisible();

  await page.getByRole('combobox', { name: 'Role' }).click();
  await page.getByRole('option', { name: 'Accounting' }).click();
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Take away Accounting' })).toBeVisible();
  await page.getByRole('button', { name: 'Take away Accounting' }).click();
  await expect(page.getByRole('button', { name: 'Take away Accounting' })).toHaveCount(0);
});

test('a token is shown once and revoked', async ({ console: page }) => {
  await page.goto('/tokens');
  await page.getByRole('button', { name: 'Add token' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Add token' });
  await dialog.getByLabel('Name').fill('Nightly report');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Add token' }).click();
  await expect(dialog.getByText(/^tny_/)).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'I have copied it' }).click();
  await expect(page.getByRole('cell', { name: 'Nightly report', exact: true })).toBeVisible();

  await page.getByRole('button', { name: 'Commands for Nightly report' }).click();
  await page.getByRole('menuitem', { name: 'Revoke' }).click();
  const question = page.getByRole('dialog', { name: 'Revoke Nightly report?' });
  await question.getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByRole('cell', { name: 'Nightly report', exact: true })).toHaveCount(0);
});
