import { en } from './en/index.ts';
import { formatNumber } from './format.ts';

/** Every text of the console has a name; a name that is not in the catalogue does not compile. */
export type TextKey = keyof typeof en;
type Values = Record<string, string | number>;

const plural = new Intl.PluralRules('en');

/** The text of that name, with `{value}` filled in; an entry with `one` and `other` follows `count`. */
export function t(key: TextKey, values: Values = {}): string {
  const entry: string | { one: string; other: string } = en[key];
  const text =
    typeof entry === 'string'
      ? entry
      : entry[plural.select(Number(values.count)) === 'one' ? 'one' : 'other'];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return typeof value === 'number' ? formatNumber(value) : (value ?? whole);
  });
}

/** For names that come from the server (a status, a field): their text if we have one, else themselves. */
export function tMaybe(key: string, otherwise: string, values?: Values): string {
  return Object.hasOwn(en, key) ? t(key as TextKey, values) : otherwise;
}
