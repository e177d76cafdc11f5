import type { Page } from '@playwright/test';
import type { Server } from './support/server.ts';
import { expect, test } from './support/test.ts';

/** No mouse in this file: Tab, arrows, Enter and Escape must do for the main jobs. */
async function fill({ api }: Server) {
  await api('POST', '/customers', { name: 'Harbour Foods' });
  await api('POST', '/customers', { name: 'Juniper Media' });
}
test.use({ seed: { fill } });

/** Tab until the control with that name has the focus; the focus must be seen on each stop. */
async function tabTo(page: Page, name: string | RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab') {
  for (let stop = 0; stop < 60; stop += 1) {
    await page.keyboard.press(key);
    const focused = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      const style = getComputedStyle(element);
      const row = element.closest('tr[data-index]');
      const around = row?.querySelector('td');
      return {
        name: element.getAttribute('aria-label') ?? element.innerText.trim(),
        label: (element as HTMLInputElement).labels?.[0]?.innerText ?? '',
        seen:
          element === document.body ||
          (style.outlineStyle !== 'none' && style.outlineWidth !== '0px') ||
          style.boxShadow !== 'none' ||
          // Fields show it by their border, rows by a line at their edge.
          element.matches('input, textarea') ||
          (around && getComputedStyle(around).boxShadow !== 'none'),
      };
    });
    expect(focused.seen, `the focus is seen on “${focused.name}”`).toBe(true);
    const matches = (text: string) => (typeof name === 'string' ? text === name : name.test(text));
    if (matches(focused.name) || matches(focused.label)) return;
  }
  throw new Error(`Tab does not reach ${String(name)}`);
}

const title = (page: Page) => page.getByRole('heading', { level: 1 });

test('a customer is added, edited, quickly edited and archived', async ({ console: page }) => {
  await page.goto('/customers');
  await expect(page.getByRole('link', { name: 'Harbour Foods' })).toBeVisible();
  await tabTo(page, 'Add customer');
  await page.keyboard.press('Enter');
  const name = page.getByRole('dialog').getByRole('textbox', { name: 'Name' });
  await expect(name).toBeFocused();

  // Escape leaves, and the focus is where it was.
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Add customer' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(name).toBeFocused();
  await page.keyboard.type('Summit Energy');
  await page.keyboard.press('Enter');
  await expect(title(page)).toHaveText('Summit Energy');

  await tabTo(page, 'Quick edit');
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog', { name: 'Quick edit' });
  await expect(drawer.getByRole('textbox', { name: 'Name', exact: true })).toBeVisible();
  await tabTo(page, /^Billing city/);
  await page.keyboard.type('Cork');
  await tabTo(page, 'Reason for the change');
  await page.keyboard.type('Asked by phone');
  await page.keyboard.press('Enter');
  await expect(drawer).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Quick edit' })).toBeFocused();
  await expect(page.getByText('Asked by phone')).toBeVisible();

  await tabTo(page, 'Edit');
  await page.keyboard.press('Enter');
  await expect(title(page)).toHaveText('Edit Summit Energy');
  await tabTo(page, /^Description/);
  await page.keyboard.type('By keyboard');
  await page.keyboard.press('Control+Enter');
  await expect(title(page)).toHaveText('Summit Energy');
  await expect(page.getByText('By keyboard')).toBeVisible();

  await tabTo(page, 'Actions');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menu')).toBeVisible();
  const archive = page.getByRole('menuitem', { name: 'Archive' });
  for (let step = 0; step < 8; step += 1) {
    if (await archive.evaluate((item) => item === document.activeElement)) break;
    await page.keyboard.press('ArrowDown');
  }
  await page.keyboard.press('Enter');
  await expect(page.getByText('Archived', { exact: true }).first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Actions' })).toBeFocused();
});

test('a question gives the focus back to the menu that it came from', async ({ console: page }) => {
  await page.goto('/customers');
  await page.getByRole('button', { name: 'Commands for Juniper Media' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menu')).toBeVisible();
  const remove = page.getByRole('menuitem', { name: 'Delete' });
  await page.keyboard.press('ArrowUp');
  await expect(remove).toBeFocused();
  await page.keyboard.press('Enter');
  const question = page.getByRole('dialog', { name: 'Delete Juniper Media?' });
  await expect(question.getByRole('button', { name: 'Keep it' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(question).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Commands for Juniper Media' })).toBeFocused();
});

test('a file is imported', async ({ console: page }) => {
  await page.goto('/customers');
  await expect(page.getByRole('link', { name: 'Harbour Foods' })).toBeVisible();
  await tabTo(page, 'Import');
  await page.keyboard.press('Enter');
  const chooser = page.waitForEvent('filechooser');
  await tabTo(page, /^Choose a file/);
  await page.keyboard.press('Enter');
  await (
    await chooser
  ).setFiles({
    name: 'new.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('name,city\nFalcon Legal,Cork\n'),
  });
  await expect(title(page)).toHaveText('new.csv');
  await tabTo(page, 'Show what would happen');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Every row was checked.')).toBeVisible();
  await tabTo(page, 'Apply');
  await page.keyboard.press('Enter');
  const question = page.getByRole('dialog', { name: 'Apply 1 change?' });
  await expect(question).toBeVisible();
  await tabTo(page, 'Apply');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('link', { name: 'Show the customers' })).toBeVisible();
});
