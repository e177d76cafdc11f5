import createFetch from 'openapi-fetch';
import { problemOf, unreachable } from './problem.ts';
import type { Answer, paths } from './types.ts';

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
  querySerializer: (query) => new URLSearchParams(textual(query)).toString(),
});

/** Who is not logged in has no keys, so what they send is sent once. */
const open = [
  '/session',
  '/session/second_factor',
  '/session/methods',
  '/session/sso',
  '/session/sso/complete',
  '/password_resets',
  '/invitations/accept',
];

api.use({
  onRequest({ request, schemaPath }) {
    if (request.method === 'POST' && !open.includes(schemaPath)) {
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

export interface Sent {
  path?: Record<string, string>;
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Loose = (path: string, options: object) => Promise<{ data?: unknown }>;

/**
 * One operation of any resource. The lists' grammar has no fixed set of parameters, and a path put
 * together from a list's name is no literal: what the types cannot follow is let go here, once.
 */
export async function call(method: Method, path: string, sent: Sent = {}): Promise<unknown> {
  const { path: names, query, ...rest } = sent;
  const loose = api[method] as unknown as Loose;
  return (await loose(path, { params: { path: names, query }, ...rest })).data;
}

/** Reads a path of the document; the answer has the type that the document gives it. */
export const read = <P extends keyof paths & string>(path: P, sent?: Sent) =>
  call('GET', path, sent) as Promise<Answer<P>>;
