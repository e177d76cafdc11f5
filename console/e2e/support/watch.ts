import { expect, type Page } from '@playwright/test';

/**
 * Collects what must never happen; the returned function fails the test if it did. A refused
 * request is part of some stories, and the browser itself notes it on its console: those lines are
 * told apart by their text.
 */
export function watch(page: Page, origins: string[]): () => void {
  const wrong: string[] = [];
  page.on('console', (message) => {
    const refused = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !refused) wrong.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => wrong.push(`page error: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    const local = url.startsWith('data:') || url.startsWith('blob:') || url.startsWith('about:');
    const known = origins.some((origin) => url.startsWith(`${origin}/`));
    if (!local && !known) wrong.push(`request elsewhere: ${url}`);
  });
  page.on('response', (response) => {
    const status = response.status();
    // What a page reads by itself, it may read. Sessions end and records go: 401 and 404 are stories.
    const misread = response.request().method() === 'GET' && (status === 400 || status === 403);
    if (misread || status >= 500) wrong.push(`${status} from ${response.url()}`);
  });
  void page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      // Thrown, it arrives as a page error.
      throw new Error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  return () => expect(wrong).toEqual([]);
}
