import { expectAccessible } from './support/axe.ts';
import { expect, test } from './support/test.ts';

test('a reseller is added, its code made, and its customers are listed on its page', async ({
  console: page,
  server,
}) => {
  await page.goto('/resellers');
  await page.getByRole('button', { name: 'Add reseller' }).first().click();
  const drawer = page.getByRole('dialog', { name: 'Add reseller' });
  await drawer.getByRole('textbox', { name: 'Name' }).fill('CloudBridge');
  await drawer.getByRole('textbox', { name: 'Code' }).fill('cloudbridge');
  await expectAccessible(page);
  await drawer.getByRole('button', { name: 'Add reseller' }).click();
  await page.getByRole('link', { name: 'CloudBridge', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('CloudBridge');

  const id = /resellers\/([0-9a-f-]+)/.exec(page.url())![1]!;
  await server.api('POST', '/customers', { name: 'Below CloudBridge', reseller_id: id });
  await page.getByRole('link', { name: 'Customers' }).last().click();
  await expect(page.getByRole('link', { name: 'Below CloudBridge' })).toBeVisible();
});

test('a customer moves to another reseller, and what changes is told before', async ({
  console: page,
  server,
}) => {
  const place = { name: 'Kyoto IT', code: 'kyoto', time_zone: 'Asia/Tokyo' };
  await server.api('POST', '/resellers', place);
  const { id } = await server.api<{ id: string }>('POST', '/customers', { name: 'Harbour' });
  await page.goto(`/customers/${id}`);
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Move to another reseller' }).click();
  const dialog = page.getByRole('dialog', { name: 'Move Harbour to another reseller' });
  await expect(dialog.getByRole('button', { name: 'Move' })).toBeDisabled();
  await dialog.getByRole('combobox', { name: 'Reseller' }).fill('Kyoto');
  await page.getByRole('option', { name: 'Kyoto IT' }).click();
  await expect(dialog.getByText('Time zone: UTC becomes Asia/Tokyo')).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Move' }).click();
  await expect(page.getByText('Harbour is with Kyoto IT now.')).toBeVisible();
  const trail = page.getByRole('navigation', { name: 'Breadcrumb' });
  await expect(trail.getByRole('link', { name: 'Kyoto IT' })).toBeVisible();

  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(trail.getByRole('link', { name: 'Kyoto IT' })).toBeHidden();
});

test('sites and tenants are added on the page of their customer', async ({
  console: page,
  server,
}) => {
  const { id } = await server.api<{ id: string }>('POST', '/customers', { name: 'Site Owner' });
  await page.goto(`/customers/${id}/sites`);
  await page.getByRole('button', { name: 'Add site' }).first().click();
  const site = page.getByRole('dialog', { name: 'Add site' });
  await site.getByRole('textbox', { name: 'Name' }).fill('Head office');
  await site.getByRole('combobox', { name: 'Country' }).click();
  await site.getByRole('combobox', { name: 'Country' }).fill('Irel');
  await page.getByRole('option', { name: 'Ireland', exact: true }).click();
  await expectAccessible(page);
  await site.getByRole('button', { name: 'Add site' }).click();
  await expect(page.getByRole('link', { name: 'Head office' })).toBeVisible();
  await expect(page.getByRole('cell', { name: 'Ireland' })).toBeVisible();

  await page.getByRole('link', { name: 'Tenants' }).last().click();
  await page.getByRole('button', { name: 'Add tenant' }).first().click();
  const tenant = page.getByRole('dialog', { name: 'Add tenant' });
  await tenant.getByRole('textbox', { name: 'Name' }).fill('Data centre two');
  await tenant.getByRole('button', { name: 'Add tenant' }).click();
  await page.getByRole('button', { name: 'Commands for Data centre two' }).click();
  await page.getByRole('menuitem', { name: 'Make default' }).click();
  await expect(page.getByText('Data centre two is now the default tenant.')).toBeVisible();

  // The default one stays; the menu says why.
  await page.getByRole('button', { name: 'Commands for Data centre two' }).click();
  await expect(page.getByRole('menuitem', { name: 'Delete' })).toBeDisabled();
});

test('a field error is told in the summary and at the field', async ({ console: page, server }) => {
  const { id } = await server.api<{ id: string }>('POST', '/customers', { name: 'Twice' });
  await server.api('POST', '/sites', { customer_id: id, name: 'One', site_id: 'S-SAME' });
  await page.goto(`/customers/${id}/sites?dialog=site.add`);
  const drawer = page.getByRole('dialog', { name: 'Add site' });
  await drawer.getByRole('textbox', { name: 'Name' }).fill('Two');
  await drawer.getByRole('textbox', { name: 'Site ID' }).fill('S-SAME');
  await drawer.getByRole('button', { name: 'Add site' }).click();
  await expect(drawer.getByRole('alert')).toContainText('Site ID');
  await drawer.getByRole('alert').getByRole('button', { name: 'Site ID' }).click();
  await expect(drawer.getByRole('textbox', { name: 'Site ID' })).toBeFocused();
  await expectAccessible(page);
});

test('a policy is overridden on each level, and reset', async ({ console: page, server }) => {
  const { id: reseller } = await server.api<{ id: string }>('POST', '/resellers', {
    name: 'CloudBridge',
  });
  const { id } = await server.api<{ id: string }>('POST', '/customers', {
    name: 'Harbour',
    reseller_id: reseller,
  });
  const row = (name: string) => page.getByRole('row', { name });

  await page.goto('/providers');
  await page.getByRole('link', { name: 'Northline Telecom' }).click();
  await expect(row('Over-use')).toContainText('Platform default');
  await expect(row('Session in all')).toContainText('12 hours');
  await expectAccessible(page);
  // By keyboard.
  await page.getByRole('button', { name: 'Override: Over-use' }).focus();
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog', { name: 'Set: Over-use' });
  await drawer.getByRole('combobox', { name: 'Over-use' }).click();
  await page.getByRole('option', { name: 'Per cent more' }).click();
  await drawer.getByRole('spinbutton', { name: 'Per cent more' }).fill('25');
  await expectAccessible(page);
  await drawer.getByRole('button', { name: 'Save' }).click();
  await expect(row('Over-use')).toContainText('25 % more');
  await expect(row('Over-use')).toContainText('Set here');

  // What cannot be is told at its field.
  await page.getByRole('button', { name: 'Override: Session in all' }).click();
  const hours = page.getByRole('dialog', { name: 'Set: Session in all' });
  await hours.getByRole('spinbutton').fill('13');
  await hours.getByRole('button', { name: 'Save' }).click();
  await expect(hours.getByText('a whole number from 1 to 12').first()).toBeVisible();
  await hours.getByRole('spinbutton').fill('8');
  await hours.getByRole('button', { name: 'Save' }).click();
  await expect(row('Session in all')).toContainText('8 hours');

  await page.goto(`/customers/${id}`);
  await expect(row('Over-use')).toContainText('25 % more');
  await expectAccessible(page);
  await row('Over-use').getByRole('link', { name: 'Northline Telecom' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Northline Telecom');

  await page.goto(`/resellers/${reseller}`);
  await page.getByRole('button', { name: 'Override: Days before' }).click();
  const days = page.getByRole('dialog', { name: 'Set: Days before' });
  await days.getByRole('combobox').pressSequentially('14, 0, -3,');
  await days.getByRole('button', { name: 'Save' }).click();
  await expect(row('Days before')).toContainText('14, 0, -3');
  await expectAccessible(page);

  await page.goto(`/customers/${id}`);
  await expect(row('Days before')).toContainText('CloudBridge');
  await page.getByRole('button', { name: 'Override: Over-use' }).click();
  await drawer.getByRole('combobox', { name: 'Over-use' }).click();
  await page.getByRole('option', { name: 'Forbidden' }).click();
  await drawer.getByRole('button', { name: 'Save' }).click();
  await expect(row('Over-use')).toContainText('Forbidden');
  await page.getByRole('button', { name: 'Reset: Over-use' }).click();
  const question = page.getByRole('dialog', { name: 'Reset “Over-use”?' });
  await expectAccessible(page);
  await question.getByRole('button', { name: 'Reset' }).click();
  await expect(row('Over-use')).toContainText('25 % more');
  await expect(page.getByRole('button', { name: 'Reset: Over-use' })).toHaveCount(0);
});
