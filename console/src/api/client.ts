import createFetch from 'openapi-fetch';
import createQueries from 'openapi-react-query';
import { problemOf, unreachable } from './problem.ts';
import type { paths } from './types.ts';

export const base = '/api/v1';

const wait = (milliseconds: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/**
 * A POST that got no answer, or 503, may have been done or not: it is sent again with the same
 * idempotency key, so it is done once. Everything else is tried once here.
 */
async function send(request: Request): Promise<Response> {
  const attempts = request.headers.has('idempotency-key') ? 3 : 1;
  for (let attempt = 1; ; attempt += 1) {
    const last = attempt === attempts;
    const response = await fetch(last ? request : request.clone()).catch((error: unknown) => {
      if (request.signal.aborted) throw error;
      return null;
    });
    if (response && (response.status !== 503 || last)) {
      if (!response.ok) throw await problemOf(response);
      return response;
    }
    if (last) throw unreachable();
    await wait(attempt * 400);
  }
}

/** The API's operations, typed from its document; throws `ApiError` instead of answering an error. */
export const api = createFetch<paths>({
  baseUrl: base,
  fetch: send,
  // Repeated `a=1&a=2` is not in the API's grammar; lists are `a.in=1,2` and written by the caller.
  querySerializer: (query) => new URLSearchParams(textual(query)).toString(),
});

api.use({
  onRequest({ request, schemaPath }) {
    if (request.method === 'POST' && schemaPath !== '/session') {
      request.headers.set('idempotency-key', crypto.randomUUID());
    }
    return request;
  },
});

function textual(query: Record<string, unknown>): [string, string][] {
  return Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => [name, String(value)]);
}

export const queries = createQueries(api);
