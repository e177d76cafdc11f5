import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const admin = { email: 'admin@example.org', password: 'four swans on a frozen lake' };

const binary = process.env.TENANTRY_BIN ?? '../target/debug/tenantry';
const newFolder = () => mkdtempSync(path.join(tmpdir(), 'tenantry-e2e-'));
const databaseIn = (folder: string) => ['--database', `sqlite:${path.join(folder, 'e2e.sqlite')}`];

/** A database to start from: each test has a server of its own on a copy of one. */
export interface Template {
  folder: string;
  token: string;
  /** The first admin's session, so that no test pays for a log-in that it is not about. */
  cookies: { name: string; value: string }[];
}

export interface Server {
  url: string;
  /** Asks the API as the first admin; fails the test when the answer is an error. Text goes as it is. */
  api: <T = Record<string, unknown>>(method: string, path: string, body?: unknown) => Promise<T>;
  stop: () => Promise<void>;
}

/** What `init` makes, with the first admin logged in. */
export async function emptyTemplate(): Promise<Template> {
  const folder = newFolder();
  const init = ['init', '--email', admin.email, '--provider', 'Northline Telecom'];
  const options = ['--password-stdin', '--print-token', ...databaseIn(folder)];
  const made = spawnSync(binary, [...init, ...options], {
    input: `${admin.password}\n`,
    encoding: 'utf8',
  });
  const token = /tny_\S+/.exec(made.stdout ?? '')?.[0];
  if (!token) throw new Error(`init failed: ${made.error?.message ?? made.stderr}`);
  const server = await serve(folder, token);
  const cookies = await logIn(server.url);
  await server.stop();
  return { folder, token, cookies };
}

/** The same with more in it. */
export async function filledTemplate(
  { folder, ...rest }: Template,
  fill: (server: Server) => Promise<unknown>,
): Promise<Template> {
  const copy = newFolder();
  cpSync(folder, copy, { recursive: true });
  const server = await serve(copy, rest.token);
  await fill(server);
  await server.stop();
  return { folder: copy, ...rest };
}

export const removeTemplate = ({ folder }: Template) => rmSync(folder, { recursive: true });

/** The real binary on a throw-away copy and a free port of this machine only. */
export async function startServer(
  { folder, token }: Template,
  more: string[] = [],
): Promise<Server> {
  const copy = newFolder();
  cpSync(folder, copy, { recursive: true });
  const server = await serve(copy, token, more);
  return {
    ...server,
    stop: async () => {
      await server.stop();
      rmSync(copy, { recursive: true });
    },
  };
}

async function serve(folder: string, token: string, more: string[] = []): Promise<Server> {
  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  const options = ['--listen', listen, '--log', 'warn', ...databaseIn(folder), ...more];
  const child = spawn(binary, ['serve', ...options], { stdio: ['ignore', 'inherit', 'inherit'] });
  await ready(url, child);
  return {
    url,
    api: (method, path_, body) => ask(`${url}/api/v1${path_}`, method, token, body),
    stop: async () => {
      const ended = new Promise((resolve) => {
        child.once('exit', resolve);
      });
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function logIn(url: string) {
  const answer = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    body: JSON.stringify(admin),
    headers: { origin: url, 'content-type': 'application/json' },
  });
  if (!answer.ok) throw new Error(`log-in failed: ${await answer.text()}`);
  return answer.headers.getSetCookie().map((cookie) => {
    const [name, value] = cookie.split(';')[0]!.split('=');
    return { name: name!, value: value! };
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function ready(url: string, child: ChildProcess) {
  for (let attempt = 0; attempt < 750; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`serve ended with ${child.exitCode}`);
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
  throw new Error('serve did not become ready');
}

async function ask<T>(url: string, method: string, token: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, 'if-match': '*' };
  const isText = typeof body === 'string';
  if (body !== undefined) headers['content-type'] = isText ? 'text/csv' : 'application/json';
  const answer = await fetch(url, { method, headers, body: isText ? body : JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return (text ? JSON.parse(text) : {}) as T;
}
