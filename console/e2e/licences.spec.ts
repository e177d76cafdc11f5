import type { Page } from '@playwright/test';
import { expectAccessible } from './support/axe.ts';
import type { Server } from './support/server.ts';
import { expect, test } from './support/test.ts';

interface Made {
  id: string;
}

async function fill({ api }: Server) {
  await api('POST', '/products', { name: 'Mobile Connect', code: 'MC' });
  await api('POST', '/customers', { name: 'Harbour Foods' });
}
test.use({ seed: { fill } });

const idOf = async ({ api }: Server, list: string) =>
  (await api<{ items: Made[] }>('GET', `/${list}`)).items[0]!.id;

const inDays = (days: number) =>
  new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** Devices that fill the customer's licences, one after the other. */
async function register(server: Server, count: number) {
  const customer_id = await idOf(server, 'customers');
  const product_id = await idOf(server, 'products');
  for (let number = 1; number <= count; number += 1) {
    const identifier = `SN-${number}`;
    await server.api('POST', '/devices', { customer_id, product_id, identifier });
  }
}

const blocks = (page: Page) => page.getByRole('table', { name: 'Licence blocks' });

async function openBlocks(page: Page, server: Server) {
  await page.goto(`/customers/${await idOf(server, 'customers')}/licences`);
  await expect(page.getByRole('button', { name: 'Add licence block' })).toBeEnabled();
}

test.describe('with a mail server', () => {
  test.use({ withMail: true });

  test('a block is sold in place, turns red, and is covered again from its case', async ({
    console: page,
    server,
    mail,
  }) => {
    const provider = await idOf(server, 'providers');
    const accounting_emails = ['desk@northline.example'];
    await server.api('PATCH', `/providers/${provider}`, { accounting_emails });
    await openBlocks(page, server);
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Add licence block' }).click();
    // The only product is chosen already.
    await expect(blocks(page).getByRole('combobox', { name: 'Product' })).toHaveValue(
      'Mobile Connect',
    );
    await blocks(page).getByRole('textbox', { name: 'Licences' }).fill('2');
    await blocks(page).getByRole('textbox', { name: 'Sales order' }).fill('SO-1');
    await expect(page.getByText('Global: 0 / 0 becomes 0 / 2')).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Update' }).click();
    await expect(page.getByText('2 × Mobile Connect, Global added.')).toBeVisible();
    await expect(blocks(page).getByRole('cell', { name: 'SO-1' })).toBeVisible();
    await expect(blocks(page).getByText('In force')).toBeVisible();

    await register(server, 3);
    const letter = await mail.next('desk@northline.example');
    expect(letter.subject).toBe('Harbour Foods uses more Mobile Connect than it bought');
    const [, address] = /(\/overuse-cases\/\S+)/.exec(letter.text)!;
    await page.goto('/customers');
    await expect(page.getByRole('cell', { name: '3 / 2 over' })).toBeVisible();
    await expectAccessible(page);
    await page.goto('/');
    await page.getByRole('link', { name: /Over-use, not cleared\s*1/ }).click();
    await page.getByRole('link', { name: 'Mobile Connect' }).click();
    await expect(page).toHaveURL(new RegExp(address!));
    await expect(page.getByText('3 devices use 2 licences: 1 too many.')).toBeVisible();
    await expectAccessible(page);

    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Acknowledge' }).click();
    const question = page.getByRole('dialog', { name: /^Acknowledge the over-use/ });
    await question.getByRole('textbox', { name: 'Note' }).fill('Asked the customer');
    await expectAccessible(page);
    await question.getByRole('button', { name: 'Acknowledge' }).click();
    await expect(page.getByText('Asked the customer').first()).toBeVisible();

    await page.getByRole('button', { name: 'Order more' }).click();
    const drawer = page.getByRole('dialog', { name: 'Add licence block' });
    await expect(drawer.getByRole('textbox', { name: 'Licences' })).toHaveValue('1');
    await expect(drawer.getByRole('combobox', { name: 'Product' })).toHaveValue('Mobile Connect');
    await expect(drawer.getByText('Global: 3 / 2 becomes 3 / 3')).toBeVisible();
    await expectAccessible(page);
    await drawer.getByRole('button', { name: 'Add licence block' }).click();
    await expect(page.getByText(/^Cleared .*the pool was covered again/)).toBeVisible();
    await expectAccessible(page);
  });
});

/** Tab until the control with that name has the focus. */
async function tabTo(page: Page, name: string | RegExp) {
  for (let stop = 0; stop < 80; stop += 1) {
    await page.keyboard.press('Tab');
    const names = await page.evaluate(() => {
      const element = document.activeElement as HTMLInputElement;
      const label = element.labels?.[0]?.innerText ?? '';
      return [element.getAttribute('aria-label') ?? element.innerText ?? '', label];
    });
    const matches = (text: string) =>
      typeof name === 'string' ? text.trim() === name : name.test(text.trim());
    if (names.some(matches)) return;
  }
  throw new Error(`Tab does not reach ${String(name)}`);
}

test('the same by keyboard alone', async ({ console: page, server }) => {
  await openBlocks(page, server);
  await tabTo(page, 'Add licence block');
  await page.keyboard.press('Enter');
  const licences = blocks(page).getByRole('textbox', { name: 'Licences' });
  await expect(licences).toBeFocused();

  // Escape with nothing typed leaves, and the focus is where it was.
  await page.keyboard.press('Escape');
  await expect(licences).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Add licence block' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(licences).toBeFocused();
  await page.keyboard.type('2');

  // Escape with something typed asks; it stays.
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(licences).toHaveValue('2');
  await licences.focus();
  await page.keyboard.press('Enter');
  const row = page.getByRole('button', { name: 'Edit 2 × Mobile Connect, Global' });
  await expect(row).toBeFocused();

  // The row itself: Enter edits, Enter updates.
  await page.keyboard.press('Enter');
  await tabTo(page, /^Sales order/);
  await page.keyboard.type('SO-7');
  await page.keyboard.press('Enter');
  await expect(blocks(page).getByRole('cell', { name: 'SO-7' })).toBeVisible();
  await expect(row).toBeFocused();

  await register(server, 3);
  const found = await idOf(server, 'overuse_cases');
  await page.goto(`/overuse-cases/${found}`);
  await expect(page.getByRole('button', { name: 'Actions' })).toBeVisible();
  await tabTo(page, 'Actions');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem', { name: 'Acknowledge' })).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const question = page.getByRole('dialog', { name: /over-use|ordered/ });
  await expect(question.getByRole('textbox', { name: 'Note' })).toBeFocused();
  await page.keyboard.type('By keyboard');
  await page.keyboard.press('Enter');
  await expect(question).toHaveCount(0);
  await expect(page.getByText('By keyboard').first()).toBeVisible();
  for (let stop = 0; stop < 3; stop += 1) {
    await page.keyboard.press('Shift+Tab');
    const text = await page.evaluate(() => (document.activeElement as HTMLElement).innerText);
    if (text === 'Order more') break;
  }
  await page.keyboard.press('Enter');
  await expect(
    page.getByRole('dialog', { name: 'Add licence block' }).getByText('3 / 2 becomes 3 / 3'),
  ).toBeVisible();
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText(/^Cleared .*the pool was covered again/)).toBeVisible();
});

test('what is wrong with a block stands at its fields', async ({ console: page, server }) => {
  await openBlocks(page, server);
  await page.getByRole('button', { name: 'Add licence block' }).click();
  const table = blocks(page);
  await table.getByRole('textbox', { name: 'Licences' }).fill('0');
  await page.getByRole('button', { name: 'Update' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(table.getByRole('textbox', { name: 'Licences' })).toHaveAttribute(
    'aria-invalid',
    'true',
  );
  await table.getByRole('textbox', { name: 'Licences' }).fill('5');
  await table.getByLabel('Order date').fill(inDays(3));
  await table.getByLabel('Expiration date').fill(inDays(2));
  await page.getByRole('button', { name: 'Update' }).click();
  await expect(table.getByLabel('Expiration date')).toHaveAttribute('aria-invalid', 'true');
  await expect(table.getByText(/must be after the order date/).first()).toBeVisible();
  await expectAccessible(page);
  await table.getByLabel('Expiration date').fill(inDays(300));
  await page.getByRole('button', { name: 'Update' }).click();
  await expect(table.getByText(/^From /)).toBeVisible();
});

test('a row that somebody else has changed shows both versions', async ({
  console: page,
  server,
}) => {
  const customer_id = await idOf(server, 'customers');
  const product_id = await idOf(server, 'products');
  const made = { customer_id, product_id, licences: 4 };
  const { id } = await server.api<Made>('POST', '/licence_blocks', made);
  await openBlocks(page, server);
  await blocks(page).getByRole('cell', { name: '4', exact: true }).click();
  await blocks(page).getByRole('textbox', { name: 'Licences' }).fill('6');
  await server.api('PATCH', `/licence_blocks/${id}`, { licences: 9 });
  await page.getByRole('button', { name: 'Update' }).click();
  const conflict = page.getByRole('dialog', { name: 'Somebody else saved this first' });
  await expect(conflict).toBeVisible();
  await expectAccessible(page);
  await conflict.getByRole('button', { name: 'Save the choice' }).click();
  await expect(blocks(page).getByRole('cell', { name: '6', exact: true })).toBeVisible();
});

test('a device is registered, suspended, resumed and deregistered; without a block it is refused', async ({
  console: page,
  server,
}) => {
  const customer_id = await idOf(server, 'customers');
  const product_id = await idOf(server, 'products');
  await page.goto(`/customers/${customer_id}/devices`);
  await page.getByRole('button', { name: 'Register device' }).first().click();
  const drawer = page.getByRole('dialog', { name: 'Register device' });
  await drawer.getByRole('textbox', { name: 'Identifier' }).fill('IMEI 1');
  await expectAccessible(page);
  await drawer.getByRole('button', { name: 'Register device' }).click();
  await expect(drawer.getByRole('alert')).toContainText(/block/i);

  await server.api('POST', '/licence_blocks', { customer_id, product_id, licences: 1 });
  await drawer.getByRole('button', { name: 'Register device' }).click();
  await page.getByRole('link', { name: 'IMEI 1' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('IMEI 1');
  await page.getByRole('button', { name: 'Why?' }).click();
  await expect(page.getByText(/it shares the Global ones/)).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Escape');

  const act = async (name: string) => {
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name }).click();
  };
  await act('Suspend');
  await expect(page.getByText('Suspended', { exact: true })).toBeVisible();
  await act('Resume');
  await expect(page.getByText('Active', { exact: true })).toBeVisible();
  await act('Deregister');
  const question = page.getByRole('dialog', { name: 'Deregister IMEI 1?' });
  await question.getByRole('button', { name: 'Deregister' }).click();
  await expect(page.getByText('Deregistered', { exact: true })).toBeVisible();
});

test('licence blocks and devices come in from their lists', async ({ console: page }) => {
  const bring = async (list: string, object: string, text: string) => {
    await page.goto(list);
    await page.getByRole('link', { name: 'Import', exact: true }).click();
    await expect(page.getByRole('combobox', { name: 'What the file brings' })).toHaveValue(object);
    const buffer = Buffer.from(text);
    const file = { name: 'file.csv', mimeType: 'application/octet-stream', buffer };
    await page.getByRole('dialog').locator('input[type="file"]').setInputFiles(file);
    await page.getByRole('button', { name: 'Show what would happen' }).click();
  };
  const apply = async (objects: string) => {
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('link', { name: `Show the ${objects}` }).click();
  };
  const devices = 'Customer,Product,Serial number,Status\nHarbour Foods,MC,SN-1,Suspended\n';
  await bring('/devices', 'Devices', devices);
  await expect(page.getByText(/No licence block of this product has begun/)).toBeVisible();
  await expectAccessible(page);

  await bring(
    '/licence-blocks',
    'Licence blocks',
    'Customer,Product,Quantity,Sales order\nHarbour Foods,Mobile Connect,5,SO-1\n',
  );
  await apply('licence blocks');
  await expect(page.getByRole('link', { name: 'Mobile Connect' }).first()).toBeVisible();

  await bring('/devices', 'Devices', devices);
  await apply('devices');
  await expect(page.getByRole('link', { name: 'SN-1' })).toBeVisible();
  await expect(page.getByText('Suspended', { exact: true })).toBeVisible();
});

test('a block is renewed, another one marked as not renewed, a third deleted', async ({
  console: page,
  server,
}) => {
  const customer_id = await idOf(server, 'customers');
  const product_id = await idOf(server, 'products');
  const made = { customer_id, product_id, licences: 4, expiration_date: inDays(30) };
  const { id } = await server.api<Made>('POST', '/licence_blocks', made);
  await page.goto('/');
  await page.getByRole('link', { name: /To renew in 90 days\s*1/ }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Licence blocks');
  await page.getByRole('link', { name: 'Mobile Connect', exact: true }).click();
  await expect(page.getByText(/^This block expires on/)).toBeVisible();
  await expectAccessible(page);
  const act = async (name: string) => {
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name, exact: true }).click();
  };
  await act('Renew');
  const renewal = page.getByRole('dialog', { name: /^Renew 4 ×/ });
  await renewal.getByRole('textbox', { name: 'Licences' }).fill('5');
  await expectAccessible(page);
  await renewal.getByRole('button', { name: 'Renew' }).click();
  await page.getByRole('link', { name: 'The successor' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('5 × Mobile Connect, Global');

  await act('Not renewed');
  const dialog = page.getByRole('dialog', { name: /^Do not renew/ });
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('They leave');
  await dialog.getByRole('button', { name: 'Mark as not renewed' }).click();
  await expect(page.getByText('They leave').first()).toBeVisible();

  await page.goto(`/licence-blocks/${id}`);
  await act('Delete');
  const question = page.getByRole('dialog', { name: /^Delete 4 ×/ });
  await expect(question.getByText('Global: 0 / 4 becomes 0 / 0')).toBeVisible();
  await expectAccessible(page);
  await question.getByRole('button', { name: 'Delete' }).click();
  await expect(page).toHaveURL(/\/licence-blocks$/);
});

test('a product with features, and every list and page of licensing', async ({
  console: page,
  server,
}) => {
  await page.goto('/products');
  await page.getByRole('button', { name: 'Add product' }).first().click();
  const drawer = page.getByRole('dialog', { name: 'Add product' });
  await drawer.getByRole('textbox', { name: 'Name', exact: true }).fill('Desk Connect');
  await drawer.getByRole('textbox', { name: 'Code' }).fill('DC');
  await drawer.getByRole('button', { name: 'Add feature' }).click();
  await drawer.getByRole('textbox', { name: 'Name of feature 1' }).fill('Seats');
  await drawer.getByRole('combobox', { name: 'Type of feature 1' }).selectOption('Number');
  await drawer.getByRole('spinbutton', { name: 'Value of feature 1' }).fill('25');
  await expectAccessible(page);
  await drawer.getByRole('button', { name: 'Add product' }).click();
  await page.getByRole('link', { name: 'Desk Connect' }).click();
  await expect(page.getByText('Seats')).toBeVisible();
  await expectAccessible(page);

  const customer_id = await idOf(server, 'customers');
  const { items } = await server.api<{ items: Made[] }>('GET', '/products?code=MC');
  const product_id = items[0]!.id;
  await server.api('POST', '/licence_blocks', { customer_id, product_id, licences: 1 });
  for (const identifier of ['A', 'B']) {
    await server.api('POST', '/devices', { customer_id, product_id, identifier });
  }
  for (const list of [
    'licence-blocks',
    'licence-pools',
    'overuse-cases',
    'devices',
    'device-groups',
  ]) {
    await page.goto(`/${list}`);
    await page.locator('[data-row-target]').first().click();
    await expect(page).toHaveURL(new RegExp(`/${list}/[0-9a-f-]{36}`));
    await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
    await expectAccessible(page);
  }
  for (const tab of ['', '/licences', '/pools', '/devices', '/device-groups']) {
    await page.goto(`/customers/${customer_id}${tab}`);
    await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
    await expectAccessible(page);
  }
});
