import type { Page } from '@playwright/test';
import { expectAccessible } from './support/axe.ts';
import { expect, test } from './support/test.ts';

const choose = async (page: Page, name: string, text: string | Buffer) => {
  await page.goto('/imports?dialog=import.add');
  await send(page, name, text);
};

const send = async (page: Page, name: string, text: string | Buffer) => {
  const dialog = page.getByRole('dialog', { name: 'Import a file' });
  await expectAccessible(page);
  await dialog.locator('input[type="file"]').setInputFiles({
    name,
    mimeType: 'application/octet-stream',
    buffer: typeof text === 'string' ? Buffer.from(text) : text,
  });
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
};

test('a file is mapped, planned, applied, and its customers are there', async ({
  console: page,
}) => {
  await choose(
    page,
    'customers.csv',
    'Company;Town;Country code\nHarbour Foods;Cork;IE\nHarbour Media;Malmö;SE\n',
  );
  await expect(page.getByText('Harbour Foods · Harbour Media')).toBeVisible();
  await expectAccessible(page);
  const company = page.getByRole('combobox', { name: 'Company becomes' });
  await company.fill('Name');
  await page.getByRole('option', { name: 'Name *' }).click();
  await page.getByRole('combobox', { name: 'Town becomes' }).fill('City');
  await page.getByRole('option', { name: 'City', exact: true }).first().click();
  await page.getByRole('button', { name: 'Show what would happen' }).click();

  await expect(page.getByText('Every row was checked.')).toBeVisible();
  await expect(page.getByRole('button', { name: '2 Created' })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Apply' }).click();
  const question = page.getByRole('dialog', { name: 'Apply 2 changes?' });
  await expectAccessible(page);
  await question.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByRole('link', { name: 'Show the customers' })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Show the customers' }).click();
  await expect(page.getByRole('link', { name: 'Harbour Foods' })).toBeVisible();
});

test('refused rows say line, column and what to do, and block the whole file', async ({
  console: page,
}) => {
  await choose(page, 'broken.csv', 'name,country\nGood One,IE\nBad One,Atlantis\n');
  await page.getByRole('button', { name: 'Show what would happen' }).click();
  await expect(page.getByRole('button', { name: '1 Refused' })).toBeVisible();
  await expect(page.getByText('Atlantis')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Apply' })).toBeDisabled();
  await expectAccessible(page);

  const refused = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download the refused rows' }).click();
  await refused;

  await page.getByRole('link', { name: 'Change the mapping' }).click();
  await page.getByText('Good rows only').click();
  await page.getByRole('button', { name: 'Show what would happen' }).click();
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByRole('link', { name: 'Show the customers' })).toBeVisible();
});

test('a file brought in again changes nothing, and one changed row is an update with its diff', async ({
  console: page,
  server,
}) => {
  await server.api('POST', '/customers', { name: 'Known One', customer_id: 'K-1', city: 'Cork' });
  await choose(page, 'again.csv', 'customer_id,name,city\nK-1,Known One,Galway\n');
  await page.getByRole('button', { name: 'Show what would happen' }).click();
  await expect(page.getByRole('button', { name: '1 Updated' })).toBeVisible();
  await expect(page.getByText('Galway')).toBeVisible();
  await expect(page.locator('del', { hasText: 'Cork' })).toBeVisible();
});

test('what was downloaded as a workbook comes back as all unchanged', async ({
  console: page,
  server,
}) => {
  for (const name of ['=1+1', 'São Bento', '007']) {
    await server.api('POST', '/customers', { name, customer_id: name, city: '+49 30' });
  }
  await page.goto('/customers');
  await page.getByRole('button', { name: 'Export' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'Excel (XLSX), all columns' }).click();
  const parts = await (await (await download).createReadStream()).toArray();
  await choose(page, 'customers.xlsx', Buffer.concat(parts as Buffer[]));
  await page.getByRole('button', { name: 'Show what would happen' }).click();
  await expect(page.getByRole('button', { name: '3 Unchanged' })).toBeVisible();
  await expect(page.getByRole('button', { name: '0 Updated' })).toBeVisible();
});

test('an import is undone, but for what was touched since', async ({ console: page, server }) => {
  await choose(page, 'undo.csv', 'name,city\nUndo One,Cork\nUndo Two,Cork\n');
  await page.getByRole('button', { name: 'Show what would happen' }).click();
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
  const ask = page.getByRole('button', { name: 'Undo this import' });
  await expect(ask).toBeVisible();
  const { items } = await server.api<{ items: { id: string }[] }>(
    'GET',
    '/customers?name=Undo%20Two',
  );
  await server.api('PATCH', `/customers/${items[0]!.id}`, { city: 'Galway' });
  await page.reload();
  await ask.click();
  const question = page.getByRole('dialog', { name: 'Undo this import?' });
  await expect(question.getByText('created are removed for good: 2')).toBeVisible();
  await expect(question.getByText('1 of them was touched since.')).toBeVisible();
  await expectAccessible(page);
  await question.getByRole('button', { name: 'Undo' }).click();

  await expect(page.getByText('Undone: 1 removed, 0 changed back, 1 kept')).toBeVisible();
  await expect(ask).toBeHidden();
  const kept = page.getByRole('table', { name: 'Kept as they are' });
  await expect(kept.getByText('Touched since by')).toBeVisible();
  await expectAccessible(page);
  await kept.getByRole('link', { name: 'Undo Two' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Undo Two' })).toBeVisible();
});

test('sites come in from their list, each to the customer that its row names', async ({
  console: page,
  server,
}) => {
  await server.api('POST', '/customers', { name: 'Harbour/Yard', customer_id: 'K-7' });
  await page.goto('/sites');
  await page.getByRole('link', { name: 'Import', exact: true }).click();
  const object = page.getByRole('combobox', { name: 'What the file brings' });
  await expect(object).toHaveValue('Sites');
  await send(
    page,
    'sites.csv',
    'Customer,Location,Town\nK-7,Dock one,Cork\nNobody,Dock two,Cork\n',
  );
  const city = page.getByRole('combobox', { name: 'Town becomes' });
  await expect(city).toHaveValue('City');
  await page.getByText('Good rows only').click();
  await page.getByRole('button', { name: 'Show what would happen' }).click();
  await expect(page.getByRole('button', { name: '1 Refused' })).toBeVisible();
  await expect(page.getByText('Nobody')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('link', { name: 'Show the sites' }).click();
  await expect(page.getByRole('link', { name: 'Dock one' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Harbour/Yard' })).toBeVisible();
});

test('jobs are listed and opened', async ({ console: page, server }) => {
  const upload = '/imports?object=customers&file_name=one.csv';
  const { id } = await server.api<{ id: string }>('POST', upload, 'name\nOne\n');
  await server.api('POST', `/imports/${id}/plan`, { mapping: { name: 'name' } });
  await page.goto('/jobs');
  await page.locator('[data-row-target]').first().click();
  await expect(page.getByRole('dialog', { name: 'Job' })).toBeVisible();
  await expectAccessible(page);
});
