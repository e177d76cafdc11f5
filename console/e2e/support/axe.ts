import axe, { type AxeResults } from 'axe-core';
import { expect, type Page } from '@playwright/test';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** No violation of WCAG 2.2 AA in what is on the screen now, in both colour schemes. */
export async function expectAccessible(page: Page) {
  for (const colorScheme of ['light', 'dark'] as const) {
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
    await page.evaluate(axe.source);
    const results = await page.evaluate(
      (only) =>
        (window as unknown as { axe: typeof axe }).axe.run(document, {
          runOnly: { type: 'tag', values: only },
        }),
      tags,
    );
    expect(summary(results), `axe, ${colorScheme}`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null });
}

const summary = ({ violations }: AxeResults) =>
  violations.flatMap(({ id, nodes }) => nodes.map(({ target, html }) => ({ id, target, html })));
