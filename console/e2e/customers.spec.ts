import { expectAccessible } from './support/axe.ts';
import { expect, test } from './support/test.ts';

test('quick add needs a name only and warns of likely duplicates', async ({
  console: page,
  server,
}) => {
  await server.api('POST', '/customers', { name: 'Harbour Studios' });
  await page.goto('/customers');
  await page.getByRole('button', { name: 'Add customer' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Add customer' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('harbour-studios');
  await expect(dialog.getByText('One customer looks alike')).toBeVisible();
  await expectAccessible(page);

  await dialog.getByRole('textbox', { name: 'Name' }).fill('Horizon Freight');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Horizon Freight');
  await expect(page.getByText(/^C-\d{6}$/)).toBeVisible();
});

test('a name that is taken is told at the field, and nothing typed is lost', async ({
  console: page,
  server,
}) => {
  await server.api('POST', '/customers', { name: 'Taken Name' });
  await page.goto('/customers?dialog=customer.add');
  const dialog = page.getByRole('dialog', { name: 'Add customer' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Taken Name');
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('alert')).toBeVisible();
  await expect(dialog.getByRole('textbox', { name: 'Name' })).toHaveAttribute(
    'aria-invalid',
    'true',
  );
  await expect(dialog.getByRole('textbox', { name: 'Name' })).toHaveValue('Taken Name');
  await expectAccessible(page);
});

test('the full form adds and edits', async ({ console: page }) => {
  await page.goto('/customers/new');
  await expectAccessible(page);
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Summit Media');
  await page.getByLabel('Website').fill('https://summit.example');
  await page.getByRole('combobox', { name: 'Deal IDs' }).fill('D-1,D-2');
  await page.getByRole('combobox', { name: 'Deal IDs' }).press('Enter');
  await page.getByRole('button', { name: 'Add customer' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Summit Media');
  await expect(page.getByText('D-1, D-2')).toBeVisible();

  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByLabel('Description').fill('Studios and more');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Studios and more')).toBeVisible();
});

test('leaving a form with changes asks first', async ({ console: page }) => {
  await page.goto('/customers/new');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Half typed');
  await page.getByRole('link', { name: 'Dashboard' }).click();
  const question = page.getByRole('dialog', { name: 'Leave without saving?' });
  await expect(question).toBeVisible();
  await expectAccessible(page);
  await question.getByRole('button', { name: 'Keep editing' }).click();
  await expect(page.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('Half typed');
  await page.getByRole('link', { name: 'Dashboard' }).click();
  await question.getByRole('button', { name: 'Discard changes' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
});

test('two edits at once: the second chooses field by field', async ({ console: page, server }) => {
  const { id } = await server.api<{ id: string }>('POST', '/customers', { name: 'Juniper' });
  await page.goto(`/customers/${id}/edit`);
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Juniper Media');
  await page.getByLabel('Description').fill('Mine');
  await server.api('PATCH', `/customers/${id}`, {
    description: 'Theirs',
    website: 'https://j.example',
  });
  await page.getByRole('button', { name: 'Save' }).click();

  const dialog = page.getByRole('dialog', { name: 'Somebody else saved this first' });
  await expect(dialog.getByRole('radio', { name: 'Theirs' })).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole('radio', { name: 'Theirs' }).check();
  await dialog.getByRole('button', { name: 'Save the choice' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Juniper Media');
  await expect(page.getByText('Theirs')).toBeVisible();
  await expect(page.getByText('https://j.example')).toBeVisible();
});

test('quick edit changes the name and the billing address', async ({ console: page, server }) => {
  const { id } = await server.api<{ id: string }>('POST', '/customers', { name: 'Falcon' });
  await page.goto(`/customers/${id}`);
  await page.getByRole('button', { name: 'Quick edit' }).click();
  const drawer = page.getByRole('dialog', { name: 'Quick edit' });
  await drawer.getByRole('textbox', { name: 'Name', exact: true }).fill('Falcon Freight');
  await drawer.getByLabel('Billing city').fill('Cork');
  await expectAccessible(page);
  await drawer.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Falcon Freight');
  await expect(page.getByText('Cork')).toBeVisible();
});

test('archiving is undone from the toast', async ({ console: page, server }) => {
  await server.api('POST', '/customers', { name: 'Archive Me' });
  await page.goto('/customers?q=archive+me');
  await page.getByRole('button', { name: 'Commands for Archive Me' }).click();
  await expectAccessible(page);
  await page.getByRole('menuitem', { name: 'Archive' }).click();
  await expect(page.getByText('Nothing matches')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('link', { name: 'Archive Me' })).toBeVisible();
});

test('deleting names what goes, fills the bin, and can be taken back', async ({
  console: page,
  server,
}) => {
  const { id } = await server.api<{ id: string }>('POST', '/customers', { name: 'Delete Me' });
  await server.api('POST', '/sites', { customer_id: id, name: 'Head office' });
  await page.goto(`/customers/${id}`);
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete Delete Me?' });
  await expect(dialog.getByText('1 site')).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Customers');

  await page.goto('/bin');
  await expect(page.getByText('Delete Me')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Commands for Delete Me' }).click();
  await page.getByRole('menuitem', { name: 'Restore' }).click();
  await expect(page.getByText('Delete Me is back.')).toBeVisible();
});
