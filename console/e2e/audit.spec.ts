import { expectAccessible } from './support/axe.ts';
import { expect, test } from './support/test.ts';

test('a change is told with before and after, and leads to the object', async ({
  console: page,
  server,
}) => {
  const { id } = await server.api<{ id: string }>('POST', '/customers', {
    name: 'Audited',
    city: 'Cork',
  });
  await server.api('PATCH', `/customers/${id}`, { city: 'Galway' });
  await page.goto(`/customers/${id}/history`);
  await page.locator('[data-row-target]').first().click();
  const drawer = page.getByRole('dialog', { name: 'Event' });
  await expect(drawer.locator('del')).toHaveText('Cork');
  await expect(drawer.locator('ins')).toHaveText('Galway');
  await expectAccessible(page);
  await drawer.getByRole('link', { name: 'Audited' }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Audited');
});

test('the log is filtered by what was done', async ({ console: page, server }) => {
  const { id } = await server.api<{ id: string }>('POST', '/customers', { name: 'Filtered' });
  await server.api('POST', `/customers/${id}/archive`);
  await page.goto('/audit?action=archive');
  await expect(page.getByRole('link', { name: 'Filtered' })).toBeVisible();
  await expect(page.getByRole('cell', { name: 'added' })).toHaveCount(0);
});
