import { expectAccessible } from './support/axe.ts';
import type { Server } from './support/server.ts';
import { expect, test } from './support/test.ts';

interface Made {
  id: string;
}

async function fill({ api }: Server) {
  await api('POST', '/products', { name: 'Mobile Connect', code: 'MC' });
}
test.use({ seed: { fill } });

test('a customer is added with its services and first licences, all or nothing', async ({
  console: page,
}) => {
  await page.goto('/customers/new');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Harbour Foods');
  // The only service there is is chosen already.
  const services = page.getByRole('region', { name: 'Services' });
  await expect(services.getByText('Mobile Connect')).toBeVisible();
  await page.getByRole('button', { name: 'Add licence block' }).click();
  await page.getByRole('button', { name: 'Add licence block' }).click();
  const block = (n: number) => page.getByRole('group', { name: `Licence block ${n}` });
  await expect(block(1).getByRole('combobox', { name: 'Product' })).toHaveValue('Mobile Connect');
  await block(1).getByRole('textbox', { name: 'Licences' }).fill('2');
  await block(2).getByRole('textbox', { name: 'Licences' }).fill('0');
  await block(2).getByRole('combobox', { name: 'Tenant' }).click();
  await page.getByRole('option', { name: 'Its default tenant' }).click();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Add customer' }).click();
  // The error leads to its field, and nothing was made.
  await page.getByRole('button', { name: 'Licence block 2, Licences' }).click();
  await expect(block(2).getByRole('textbox', { name: 'Licences' })).toBeFocused();
  await page.getByRole('button', { name: 'Remove licence block 2' }).click();
  await page.getByRole('button', { name: 'Add customer' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Harbour Foods');
  await expect(page.getByText('0 / 2')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Details' })).toContainText('Mobile Connect');
});

test('the bell tells of over-use, and what was read stays read', async ({
  console: page,
  server,
}) => {
  const { items } = await server.api<{ items: Made[] }>('GET', '/products');
  const product_id = items[0]!.id;
  const { id: customer_id } = await server.api<Made>('POST', '/customers', {
    name: 'Harbour Foods',
    blocks: [{ product_id, licences: 1 }],
  });
  for (const identifier of ['SN-1', 'SN-2']) {
    await server.api('POST', '/devices', { customer_id, product_id, identifier });
  }
  await page.goto('/');
  await page.getByRole('button', { name: 'Notifications, 1 new' }).click();
  const told = page.getByRole('dialog', { name: 'Notifications' });
  const text = 'Harbour Foods: 2 of 1 licences of Mobile Connect (Global) are used';
  await expect(told.getByRole('link', { name: text })).toBeVisible();
  await expectAccessible(page);
  await told.getByRole('link', { name: text }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Mobile Connect');
  await expect(page.getByRole('button', { name: 'Notifications, 0 new' })).toBeVisible();

  // The page, by keyboard: what to be told, and how.
  await page.getByRole('button', { name: 'Notifications, 0 new' }).press('Enter');
  await told.getByRole('link', { name: 'All notifications, and what to be told' }).press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Notifications');
  await expect(page.getByRole('link', { name: text })).toBeVisible();
  await expectAccessible(page);
  const email = page.getByRole('checkbox', { name: 'Over-use: Email' });
  await email.press('Space');
  await expect(email).toBeChecked();
  const here = page.getByRole('checkbox', { name: 'Over-use: Here' });
  await here.press('Space');
  await expect(here).not.toBeChecked();
  await expect(page.getByText('You were told nothing yet.')).toBeVisible();
  await page.reload();
  await expect(here).not.toBeChecked();
  await expect(email).toBeChecked();
});

test('a changed block tells what it does before it is saved', async ({ console: page, server }) => {
  const { items } = await server.api<{ items: Made[] }>('GET', '/products');
  const product_id = items[0]!.id;
  const { id: customer_id } = await server.api<Made>('POST', '/customers', {
    name: 'Harbour Foods',
    blocks: [{ product_id, licences: 4 }],
  });
  await page.goto(`/customers/${customer_id}/licences`);
  const table = page.getByRole('table', { name: 'Licence blocks' });
  await table.getByRole('button', { name: 'Edit 4 × Mobile Connect, Global' }).click();
  await table.getByRole('textbox', { name: 'Licences' }).fill('9');
  await expect(page.getByText('Global: 0 / 4 becomes 0 / 9')).toBeVisible();
  await table.getByRole('combobox', { name: 'Tenant' }).fill('Harb');
  await page.getByRole('option', { name: 'Harbour Foods' }).click();
  await expect(page.getByText('Harbour Foods: 0 / 0 becomes 0 / 9')).toBeVisible();
  await page.getByRole('button', { name: 'Update' }).click();
  await expect(page.getByRole('button', { name: 'Update' })).toBeHidden();
  await expect(table.getByText('In force')).toBeVisible();
  // Products and devices are found like everything else.
  await page.keyboard.press('Control+k');
  await expect(page.getByPlaceholder(/Go to a page/)).toBeFocused();
  await page.keyboard.type('Mobile Conn');
  await expect(page.getByRole('dialog').getByText('Mobile Connect')).toBeVisible();
});
