import type { Page } from '@playwright/test';
import { expectAccessible } from './support/axe.ts';
import type { Server } from './support/server.ts';
import { expect, test } from './support/test.ts';

const countries = ['DE', 'FR', 'IE', 'SE'];

/** 130 customers: more than a page, in four countries. */
async function fill(server: Server) {
  const add = (number: number) => {
    const text = String(number).padStart(3, '0');
    return server.api('POST', '/customers', {
      name: `Grid ${text}`,
      customer_id: `G-${text}`,
      country: countries[number % 4],
      stage: number % 2 ? 'customer' : 'prospect',
    });
  };
  await Promise.all(Array.from({ length: 130 }, (_, index) => add(index + 1)));
}
test.use({ seed: { fill } });

const names = (page: Page) => page.locator('tbody tr[data-index] [data-row-target]');

test.beforeEach(async ({ console: page }) => {
  await page.goto('/customers?q=grid');
  await expect(names(page).first()).toHaveText('Grid 001');
});

test('pages come as one scrolls, and the footer counts', async ({ console: page }) => {
  await expect(page.getByText('100 of 130')).toBeVisible();
  await page.locator('tbody').hover();
  await page.mouse.wheel(0, 6000);
  await expect(page.getByText('130 of 130')).toBeVisible();
  await page.mouse.wheel(0, 6000);
  await expect(page.getByRole('link', { name: 'Grid 130' })).toBeVisible();
  await expectAccessible(page);
});

test('the search, the filters and the sort are in the address', async ({ console: page }) => {
  await page.keyboard.press('/');
  await page.keyboard.type(' 04');
  await expect(names(page)).toHaveCount(10);
  await expect(page).toHaveURL(/q=grid\+04/);

  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.getByRole('dialog', { name: 'Filter' }).getByRole('button', { name: 'Stage' }).click();
  await page.getByLabel('Prospect').check();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(names(page)).toHaveCount(5);
  await expect(page).toHaveURL(/stage=prospect/);

  await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').first().click();
  await expect(page).toHaveURL(/sort=-name/);
  await expect(names(page).first()).toHaveText('Grid 048');
  await expect(page.locator('th[aria-sort="descending"]')).toHaveCount(1);

  await page.reload();
  await expect(names(page).first()).toHaveText('Grid 048');
  await page.getByRole('button', { name: 'Clear all' }).click();
  await expect(page).not.toHaveURL(/stage/);
});

test('columns are hidden, moved and kept for the user', async ({ console: page }) => {
  const headers = page.locator('thead th button[draggable]');
  const status = headers.filter({ hasText: /^Status$/ });
  await expect(status).toHaveCount(1);
  const before = await headers.allInnerTexts();
  await headers.first().focus();
  await page.keyboard.press('Alt+ArrowRight');
  await expect(headers.nth(1)).toHaveText(before[0]!);

  await page.getByRole('button', { name: 'Columns', exact: true }).click();
  await expectAccessible(page);
  const kept = page.waitForRequest((request) => request.method() === 'PUT');
  await page
    .getByRole('dialog', { name: 'Columns' })
    .getByRole('checkbox', { name: 'Status', exact: true })
    .uncheck();
  await page.getByRole('dialog', { name: 'Columns' }).getByText('Compact').click();
  await page.keyboard.press('Escape');
  await expect(status).toHaveCount(0);
  await kept;

  await page.goto('/customers?q=grid');
  await expect(headers.nth(1)).toHaveText(before[0]!);
  await expect(status).toHaveCount(0);

  await page.getByRole('button', { name: 'Columns', exact: true }).click();
  const reset = page.waitForRequest((request) => request.method() === 'PUT');
  await page.getByRole('button', { name: 'Back to the suggested columns' }).click();
  await expect(status).toHaveCount(1);
  await reset;
});

test('rows are walked and opened with the keyboard', async ({ console: page }) => {
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('j');
  await expect(names(page).nth(1)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Grid 002');
  await page.goBack();
  await expect(page).toHaveURL(/q=grid/);
});

test('what is shown and what is selected can be downloaded', async ({ console: page }) => {
  await page.getByRole('button', { name: 'Export' }).click();
  await expectAccessible(page);
  const all = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'CSV, columns shown' }).click();
  expect((await all).suggestedFilename()).toBe('customers.csv');

  await page.getByRole('button', { name: 'Export' }).click();
  const sheet = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'Excel (XLSX), columns shown' }).click();
  expect((await sheet).suggestedFilename()).toBe('customers.xlsx');

  await page.getByLabel('Select Grid 001').check();
  await page.getByLabel('Select Grid 003').check();
  await expect(page.getByText('2 selected')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Export selected' }).click();
  const link = page.getByRole('menuitem', { name: 'NDJSON, all columns' });
  const selected = page.waitForEvent('download');
  await link.click();
  const stream = await (await selected).createReadStream();
  const text = (await stream.toArray()).join('');
  expect(text.trim().split('\n')).toHaveLength(2);
  await page.keyboard.press('Escape');
});

test('a search that finds nothing says so and offers the way back', async ({ console: page }) => {
  await page.goto('/customers?q=grid+nothing+like+this');
  await expect(page.getByText('Nothing matches')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Clear search and filters' }).click();
  await expect(names(page).first()).toBeVisible();
});

test('at 1024 px a hint tells of columns beyond, at 390 px everything is reachable', async ({
  console: page,
}) => {
  await page.setViewportSize({ width: 1024, height: 768 });
  const hint = page.getByRole('button', { name: /more columns? to the right/ });
  await expect(hint).toBeVisible();
  await hint.click();
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(names(page).first()).toBeVisible();
  await page.getByRole('button', { name: 'Open navigation' }).click();
  await page.getByRole('dialog').getByRole('link', { name: 'Sites' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sites');
  await expectAccessible(page);
});
