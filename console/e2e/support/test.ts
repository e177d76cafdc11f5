import { test as base, expect, type Page } from '@playwright/test';
import { watch } from './watch.ts';
import { admin, startServer, type Server } from './server.ts';

interface PerTest {
  /** Logged in as the first admin. */
  console: Page;
  /** Somebody who has not logged in yet. */
  visitor: Page;
}
interface PerWorker {
  server: Server;
}

/** Every page of every test is watched: console errors, policy breaches, foreign requests. */
export const test = base.extend<PerTest, PerWorker>({
  server: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the names from the pattern.
    async ({}, provide) => {
      const server = await startServer();
      await provide(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ server }, provide) => provide(server.url),
  visitor: async ({ page, server }, provide) => {
    const check = watch(page, server.url);
    await provide(page);
    check();
  },
  console: async ({ visitor, server }, provide) => {
    const answer = await visitor.request.post(`${server.url}/api/v1/session`, {
      data: admin,
      headers: { origin: server.url },
    });
    expect(answer.ok()).toBe(true);
    await provide(visitor);
  },
});

export { expect };
