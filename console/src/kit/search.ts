/**
 * The address carries the API's own grammar (`?country=DE&name.contains=bay&sort=-updated_at`), so
 * plain strings, not the router's JSON.
 */
export type Search = { [name: string]: string | undefined };

export function parseSearch(search: string): Search {
  return Object.fromEntries(new URLSearchParams(search));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const pairs = Object.entries(search).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string' && pair[1] !== '',
  );
  const text = new URLSearchParams(pairs).toString();
  // Commas and colons are harmless in a query and far easier to read than %2C.
  return text ? `?${text.replaceAll('%2C', ',').replaceAll('%3A', ':')}` : '';
}
