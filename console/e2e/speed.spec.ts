import type { Page } from '@playwright/test';
import type { Server } from './support/server.ts';
import { expect, test } from './support/test.ts';

/** The search waits this long for the next letter (`grid-toolbar.tsx`); that is no slowness. */
const debounce = 150;

const words = ['Harbour', 'Summit', 'Juniper', 'Falcon', 'Meridian', 'São', 'Granite', 'Ember'];
const trades = ['Foods', 'Media', 'Freight', 'Energy', 'Dental', 'Robotics', 'Legal', 'Studios'];
const towns = ['Cork', 'Malmö', 'Porto', 'Łódź', 'Nantes', 'Graz', 'Bergen'];

const nameOf = (n: number) => `${words[n % 8]} ${trades[(n >> 3) % 8]} ${n}`;

const rows = Array.from({ length: 10_000 }, (_, n) => {
  const name = nameOf(n);
  return `${name},${towns[n % 7]},${name.toLowerCase().replaceAll(' ', '-')}.example`;
});

async function fill(server: Server) {
  type Import = { id: string; state: string };
  const file = ['name,city,domains', ...rows].join('\n');
  const upload = '/imports?object=customers&file_name=many.csv';
  const { id } = await server.api<Import>('POST', upload, file);
  const mapping = { name: 'name', city: 'city', domains: 'domains' };
  const until = async (state: string) => {
    await expect
      .poll(async () => (await server.api<Import>('GET', `/imports/${id}`)).state, {
        timeout: 120_000,
      })
      .toBe(state);
  };
  await server.api('POST', `/imports/${id}/plan`, { mapping });
  await until('planned');
  await server.api('POST', `/imports/${id}/apply`);
  await until('done');
}

test.use({ seed: { fill } });
test.setTimeout(240_000);
// A machine that is busy with something else for a moment says nothing of the page.
test.describe.configure({ retries: 2 });

/** In the page: how long from the last key to the rows of that search on the screen. */
async function timeOfSearch(page: Page, text: string): Promise<number> {
  return page.evaluate(
    ([typed]) =>
      new Promise<number>((resolve) => {
        const input = document.querySelector<HTMLInputElement>('input[type="search"]')!;
        const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!.set!;
        const grid = document.querySelector('section[aria-busy]')!;
        const begin = performance.now();
        set.call(input, typed);
        input.dispatchEvent(new Event('input', { bubbles: true }));
        const look = () => {
          const shown = new URLSearchParams(location.search).get('q') === typed;
          const fresh = grid.getAttribute('aria-busy') === 'false';
          const stale = grid.querySelector('[data-stale]');
          const first = grid.querySelector('tbody tr[data-index]');
          if (shown && fresh && !stale && first) resolve(performance.now() - begin);
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }),
    [text] as const,
  );
}

const percentile = (times: number[], share: number) =>
  times.toSorted((a, b) => a - b)[Math.ceil(times.length * share) - 1]!;

/** On a calm machine 100 ms; where others compute too, the bound is looser than what is printed. */
const bound = Number(process.env.E2E_SEARCH_MS) || 5_000;

test('50 searches among 10,000 customers', async ({ console: page }) => {
  await page.goto('/customers');
  await expect(page.getByText('100 of 10,000', { exact: true })).toBeVisible();
  const times: number[] = [];
  for (let n = 0; n < 50; n += 1) {
    // A part of a name that is there, never the same twice: no answer comes from memory.
    const name = nameOf((n * 197) % rows.length).toLowerCase();
    const text = [name.slice(2), name.slice(0, -1), String(1_000 + n * 37)][n % 3]!;
    times.push((await timeOfSearch(page, text)) - debounce);
  }
  const figures = `p50 ${percentile(times, 0.5).toFixed(0)} ms, p95 ${percentile(times, 0.95).toFixed(0)} ms`;
  process.stdout.write(
    `search, without the ${debounce} ms it waits for the next letter: ${figures}\n`,
  );
  test.info().annotations.push({ type: 'search', description: figures });
  expect(percentile(times, 0.95)).toBeLessThanOrEqual(bound);
});

test('sorting, filtering and scrolling never hold the page', async ({ console: page }) => {
  await page.addInitScript(() => {
    const tasks: number[] = [];
    new PerformanceObserver((list) =>
      tasks.push(...list.getEntries().map(({ duration }) => duration)),
    ).observe({ type: 'longtask' });
    Object.assign(window, { tasks });
  });
  await page.goto('/customers');
  await expect(page.getByText('100 of 10,000', { exact: true })).toBeVisible();
  // What loading the page itself takes is another matter.
  await page.evaluate(() => ((window as unknown as { tasks: number[] }).tasks.length = 0));
  const name = page.getByRole('columnheader', { name: 'Name' }).getByRole('button').first();
  await name.click();
  await expect(page).toHaveURL(/sort=-name/);
  await expect(page.locator('section[aria-busy="false"]')).toHaveCount(1);
  await page.locator('tbody').hover();
  for (let turn = 0; turn < 10; turn += 1) {
    await page.mouse.wheel(0, 2_000);
    await expect(page.locator('section[aria-busy="false"]')).toHaveCount(1);
  }
  await expect(page.getByText(/^[3-9]00 of 10,000$/)).toBeVisible();
  // As a link does, without loading the page again.
  await page.evaluate(() => {
    history.pushState({}, '', '/customers?city=Cork');
    dispatchEvent(new PopStateEvent('popstate'));
  });
  await expect(page.getByText(/^100 of 1,4/)).toBeVisible();
  const longest = await page.evaluate(() =>
    Math.max(0, ...(window as unknown as { tasks: number[] }).tasks),
  );
  process.stdout.write(`longest task: ${longest.toFixed(0)} ms\n`);
  expect(longest).toBeLessThanOrEqual(Number(process.env.E2E_TASK_MS) || 5_000);
});
