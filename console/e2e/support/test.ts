import { test as base, expect, type Page } from '@playwright/test';
import { startMailServer, type MailServer } from './mail.ts';
import { startIdentityProvider, type IdentityProvider } from './oidc.ts';
import { watch } from './watch.ts';
import {
  emptyTemplate,
  filledTemplate,
  removeTemplate,
  startServer,
  type Server,
  type Template,
} from './server.ts';

/** What is there when a test begins: made once for each worker, copied for each test. */
export interface Seed {
  fill: (server: Server) => Promise<unknown>;
}
interface PerTest {
  seed: Seed | null;
  template: Template;
  /** Whether the server under test has a mail server. */
  withMail: boolean;
  /** The mailboxes, for tests with mail. */
  mail: MailServer;
  /** Whether the server under test may reach the identity provider. */
  withSso: boolean;
  /** The identity provider, for tests with single sign-on. */
  identity: IdentityProvider;
  server: Server;
  /** Logged in as the first admin. */
  console: Page;
  /** Somebody who has not logged in yet. */
  visitor: Page;
}
interface PerWorker {
  templates: (seed: Seed | null) => Promise<Template>;
}

/**
 * Every test has a server and a database of its own, so none sees what another did. Every page is
 * watched: console errors, policy breaches, foreign requests.
 */
export const test = base.extend<PerTest, PerWorker>({
  seed: [null, { option: true }],
  templates: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the names from the pattern.
    async ({}, provide) => {
      const made = new Map<Seed | null, Promise<Template>>([[null, emptyTemplate()]]);
      await provide(async (seed) => {
        const empty = await made.get(null)!;
        if (!made.has(seed)) made.set(seed, filledTemplate(empty, seed!.fill));
        return made.get(seed)!;
      });
      for (const template of made.values()) removeTemplate(await template);
    },
    { scope: 'worker' },
  ],
  template: async ({ templates, seed }, provide) => provide(await templates(seed)),
  withMail: [false, { option: true }],
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names from the pattern.
  mail: async ({}, provide) => {
    const mail = await startMailServer();
    await provide(mail);
    await mail.stop();
  },
  withSso: [false, { option: true }],
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names from the pattern.
  identity: async ({}, provide) => {
    const identity = await startIdentityProvider();
    await provide(identity);
    await identity.stop();
  },
  server: async ({ template, mail, withMail, identity, withSso }, provide) => {
    const options = [...(withMail ? mail.options : []), ...(withSso ? identity.options : [])];
    const server = await startServer(template, options);
    await provide(server);
    await server.stop();
  },
  baseURL: async ({ server }, provide) => provide(server.url),
  visitor: async ({ page, server, identity, withSso }, provide) => {
    const check = watch(page, withSso ? [server.url, identity.url] : [server.url]);
    await provide(page);
    check();
  },
  console: async ({ visitor, server, template }, provide) => {
    await visitor
      .context()
      .addCookies(template.cookies.map((cookie) => ({ ...cookie, url: server.url })));
    await provide(visitor);
  },
});

export { expect };
