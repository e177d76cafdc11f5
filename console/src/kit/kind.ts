import type { Column } from '@/api/types.ts';

/** The lists of values that the API keeps (`GET /enums/…`). */
export type EnumName =
  'time_zones' | 'countries' | 'industries' | 'company_sizes' | 'currencies' | 'languages';

const enums: Record<string, EnumName> = {
  country: 'countries',
  billing_country: 'countries',
  time_zone: 'time_zones',
  currency: 'currencies',
  language: 'languages',
};

/** To the list engine these are texts; to people they are choices from a known list. */
export const enumOf = (column: Column): EnumName | undefined =>
  column.type === 'text' ? enums[column.name] : undefined;

/** Ids and codes are read sign by sign: they get the font for that. */
export const isCode = ({ type, name }: Column) =>
  type === 'id' || (type === 'text' && /(^|_)(id|code|prefix|pattern)$/.test(name));

export const isCountry = (column: Column) => enumOf(column) === 'countries';
