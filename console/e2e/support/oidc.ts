import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface Person {
  email: string;
  email_verified: boolean;
  name: string;
}

/** An identity provider on this machine: a certified one, with the simplest log-in page there is. */
export interface IdentityProvider {
  url: string;
  /** What `tenantry serve` is told to reach it. */
  options: string[];
  client: { client_id: string; client_secret: string };
  /** Knows this installation from now on, and these people by their accounts. */
  trust: (installation: string, people: Record<string, Person>) => Promise<void>;
  stop: () => Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

const page = `<!doctype html><html lang="en"><title>Identity provider</title><h1>Identity provider</h1>
<form method="post"><label>Account <input name="account"></label>
<button>Log in</button><button name="cancel" value="yes">Cancel</button></form></html>`;

const client = { client_id: 'tenantry', client_secret: 'a secret: with/odd+signs' };

export async function startIdentityProvider(): Promise<IdentityProvider> {
  let handle: Handler = (_, response) => void response.writeHead(404).end();
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const host = `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  const url = `http://${host}`;
  return {
    url,
    options: ['--outbound-allow', host],
    client,
    trust: async (installation, people) => {
      handle = await handler(url, `${installation}/login/sso`, people);
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function handler(
  issuer: string,
  redirect: string,
  people: Record<string, Person>,
): Promise<Handler> {
  const { default: Provider } = await import('oidc-provider');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const provider: InstanceType<typeof Provider> = new Provider(issuer, {
    clients: [{ ...client, redirect_uris: [redirect] }],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', kid: 'one' }] },
    cookies: { keys: ['a key for tests'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    findAccount: (_, id) =>
      people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
    // Its people are not asked whether they agree.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new provider.Grant({
        clientId: oidc.client!.clientId,
        accountId: oidc.session!.accountId!,
      });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  const callback = provider.callback();
  return async (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return void (await callback(request, response));
    if (request.method === 'GET') {
      return void response.writeHead(200, { 'content-type': 'text/html' }).end(page);
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const result = form.has('cancel')
      ? { error: 'access_denied', error_description: 'The person went away' }
      : { login: { accountId: form.get('account') ?? '' } };
    await provider.interactionFinished(request, response, result, {
      mergeWithLastSubmission: false,
    });
  };
}
