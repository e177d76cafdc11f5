import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const admin = { email: 'admin@example.org', password: 'four swans on a frozen lake' };

export interface Server {
  url: string;
  /** Asks the API as the first admin; fails the test when the answer is an error. */
  api: <T = Record<string, unknown>>(method: string, path: string, body?: unknown) => Promise<T>;
  stop: () => Promise<void>;
}

/** The real binary on a throw-away SQLite file and a free port of this machine only. */
export async function startServer(): Promise<Server> {
  const binary = process.env.TENANTRY_BIN ?? '../target/debug/tenantry';
  const folder = mkdtempSync(path.join(tmpdir(), 'tenantry-e2e-'));
  const database = ['--database', `sqlite:${path.join(folder, 'e2e.sqlite')}`];
  const init = ['init', '--email', admin.email, '--provider', 'Northline Telecom'];
  const made = spawnSync(binary, [...init, '--password-stdin', '--print-token', ...database], {
    input: `${admin.password}\n`,
    encoding: 'utf8',
  });
  const token = /tny_\S+/.exec(made.stdout ?? '')?.[0];
  if (!token) throw new Error(`init failed: ${made.error?.message ?? made.stderr}`);

  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  const serve = ['serve', '--listen', listen, '--log', 'warn', ...database];
  const child = spawn(binary, serve, { stdio: ['ignore', 'inherit', 'inherit'] });
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
      rmSync(folder, { recursive: true, force: true });
    },
  };
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
  for (let attempt = 0; attempt < 150; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`serve ended with ${child.exitCode}`);
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
  throw new Error('serve did not become ready');
}

async function ask<T>(url: string, method: string, token: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, 'if-match': '*' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const answer = await fetch(url, { method, headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return (text ? JSON.parse(text) : {}) as T;
}
