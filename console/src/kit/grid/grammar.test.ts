import { describe, expect, it } from 'vitest';
import { parseSearch, stringifySearch } from '../search.ts';
import { apiQuery, nextSort, readFilters, readSort, writeFilters, writeSort } from './grammar.ts';

describe('the address of a grid', () => {
  const address =
    '?q=bay&country.in=DE,FR&stage=customer&sort=-updated_at,name&under=n1&dialog=add';
  const search = parseSearch(address);

  it('is read into filters and leaves the rest alone', () => {
    expect(readFilters(search)).toEqual([
      { column: 'country', operator: 'in', value: 'DE,FR' },
      { column: 'stage', operator: 'is', value: 'customer' },
    ]);
  });

  it('is written as it was read', () => {
    expect(stringifySearch(search)).toBe(address);
    expect(writeFilters(search, readFilters(search))).toEqual(search);
  });

  it('loses a filter, not the search, when the filter is taken away', () => {
    expect(writeFilters(search, [])).toEqual({
      q: 'bay',
      sort: '-updated_at,name',
      under: 'n1',
      dialog: 'add',
    });
  });

  it('asks the API only what the API knows', () => {
    expect(apiQuery(search)).toEqual({
      q: 'bay',
      sort: '-updated_at,name',
      under: 'n1',
      'country.in': 'DE,FR',
      stage: 'customer',
    });
  });

  it('keeps a value with signs that an address treats specially', () => {
    const odd = { 'name.contains': 'a&b=c+d %' };
    expect(parseSearch(stringifySearch(odd))).toEqual(odd);
  });
});

describe('sorting', () => {
  it('goes up, down, off', () => {
    const up = nextSort([], 'name', false);
    const down = nextSort(up, 'name', false);
    expect([writeSort(up), writeSort(down), writeSort(nextSort(down, 'name', false))]).toEqual([
      'name',
      '-name',
      undefined,
    ]);
  });

  it('keeps the other columns in their order with Shift', () => {
    expect(writeSort(nextSort(readSort('a,b'), 'a', true))).toBe('-a,b');
    expect(writeSort(nextSort(readSort('-a,b'), 'a', true))).toBe('b');
    expect(writeSort(nextSort(readSort('a'), 'c', true))).toBe('a,c');
  });
});
