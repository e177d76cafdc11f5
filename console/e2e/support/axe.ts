import axe, { type AxeResults, type RunOptions } from 'axe-core';
import { expect, type Page } from '@playwright/test';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Every rule once; those that look at colours in the other scheme too, for the page is the same. */
const runs: { colorScheme: 'light' | 'dark'; runOnly: RunOptions['runOnly'] }[] = [
  { colorScheme: 'light', runOnly: { type: 'tag', values: tags } },
  {
    colorScheme: 'dark',
    runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] },
  },
];

/** No violation of WCAG 2.2 AA in what is on the screen now, in both colour schemes. */
export async function expectAccessible(page: Page) {
  for (const { colorScheme, runOnly } of runs) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expect(page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`)).toHaveCount(1);
    // Colours fade from one scheme to the other; half-faded ones would be measured.
    await page.evaluate(() =>
      Promise.allSettled(
        document
          .getAnimations()
          .filter((it) => it.effect?.getComputedTiming().endTime !== Infinity)
          .map((it) => it.finished),
      ),
    );
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
    const results = await page.evaluate(
      (only) =>
        (window as unknown as { axe: typeof axe }).axe.run(document, {
          runOnly: only,
          resultTypes: ['violations'],
        }),
      runOnly,
    );
    expect(summary(results), `axe, ${colorScheme}`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null });
}

const summary = ({ violations }: AxeResults) =>
  violations.flatMap(({ id, nodes }) => nodes.map(({ target, html }) => ({ id, target, html })));
