/** Only a path of this console: `next` comes from the address and could be anything. */
export const localPath = (next: string | null | undefined) =>
  next && /^\/(?![/\\])/.test(next) ? next : '/';

/** Where to go after the identity provider, kept in this tab while the browser is there. */
const name = 'tenantry.next';

export const keepNext = (next: string | undefined) => sessionStorage.setItem(name, localPath(next));

export function takeNext(): string {
  const next = sessionStorage.getItem(name);
  sessionStorage.removeItem(name);
  return localPath(next);
}
