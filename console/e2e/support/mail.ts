import { createHmac } from 'node:crypto';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';

export interface Letter {
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** A mail server on this machine, and the mailboxes behind it. */
export interface MailServer {
  /** What `tenantry serve` is told to reach it. */
  options: string[];
  /** Waits for the next letter to this address. */
  next: (to: string) => Promise<Letter>;
  stop: () => Promise<void>;
}

const account = { user: 'tenantry', pass: 'p@ss word' };

export async function startMailServer(): Promise<MailServer> {
  const letters: Letter[] = [];
  const read = new Set<Letter>();
  const server = new SMTPServer({
    // On one machine: see the product's own tests for TLS.
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      username === account.user && password === account.pass
        ? done(null, { user: username })
        : done(new Error('Invalid username or password')),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        void PostalMime.parse(Buffer.concat(chunks)).then(({ subject, text, html }) => {
          const to = session.envelope.rcptTo[0]!.address;
          letters.push({ to, subject: subject ?? '', text: text ?? '', html: html ?? '' });
          done();
        });
      });
    },
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const user = `${account.user}:${encodeURIComponent(account.pass)}`;
  return {
    options: [
      '--smtp-url',
      `smtp://${user}@127.0.0.1:${port}?tls=none`,
      '--mail-from',
      'noreply@northline.example',
    ],
    next: async (to) => {
      for (let attempt = 0; attempt < 1000; attempt += 1) {
        const found = letters.find((letter) => letter.to === to && !read.has(letter));
        if (found) {
          read.add(found);
          return found;
        }
        await new Promise((resolve) => {
          setTimeout(resolve, 50);
        });
      }
      throw new Error(`no letter to ${to}`);
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}

/** The path of the link in a letter, with its secret. */
export function linkIn({ text }: Letter): string {
  const found = /https?:\/\/[^/\s]+(\/\S+#\S+)/.exec(text)?.[1];
  if (!found) throw new Error(`no link in: ${text}`);
  return found;
}

/** What an authenticator app shows for this key (RFC 6238), `steps` half minutes from now. */
export function codeOf(key: string, steps = 0): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...key.replace(/\s/g, '')]
    .map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  const bytes = bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac('sha1', Buffer.from(bytes)).update(counter).digest();
  const offset = digest[19]! & 15;
  const number = digest.readUInt32BE(offset) & 0x7f_ff_ff_ff;
  return String(number % 1_000_000).padStart(6, '0');
}
