import type { Column } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import { enumOf } from '../kind.ts';
import { dayOf, endOfDay, startOfDay } from '@/text/zone.ts';
import type { Filter, Operator } from './grammar.ts';

/** One column's filter as people think of it: "between" is two filters of the grammar. */
export interface Draft {
  operator: Operator | 'between';
  value: string;
  to: string;
}

export type FilterKind = 'choice' | 'text' | 'number' | 'day';

export function filterKind(column: Column): FilterKind {
  if (enumOf(column)) return 'choice';
  switch (column.type) {
    case 'choice':
    case 'boolean':
    case 'reference':
      return 'choice';
    case 'integer':
      return 'number';
    case 'instant':
    case 'date':
      return 'day';
    default:
      return 'text';
  }
}

/** In the order of usefulness; only what the server offers for the column. */
const preferred: Record<FilterKind, Draft['operator'][]> = {
  choice: ['in', 'not', 'empty'],
  text: ['contains', 'starts', 'is', 'not', 'empty'],
  number: ['is', 'not', 'gte', 'lte', 'between', 'empty'],
  day: ['gte', 'lte', 'between', 'empty'],
};

export function offeredOperators(column: Column): Draft['operator'][] {
  const has = (operator: string) => column.operators.includes(operator);
  return preferred[filterKind(column)].filter((operator) => {
    if (operator === 'between') return has('gte') && has('lte');
    if (operator === 'in') return has('in') || has('is');
    return has(operator);
  });
}

export function toDraft(column: Column, filters: Filter[]): Draft {
  const own = filters.filter((filter) => filter.column === column.name);
  const show = (value: string) => (column.type === 'instant' ? dayOf(value) : value);
  const from = own.find(({ operator }) => operator === 'gte');
  const to = own.find(({ operator }) => operator === 'lte');
  if (from && to) return { operator: 'between', value: show(from.value), to: show(to.value) };
  const first = own[0];
  if (!first) return { operator: offeredOperators(column)[0] ?? 'is', value: '', to: '' };
  if (first.operator === 'empty') return { operator: 'empty', value: first.value, to: '' };
  const operator =
    filterKind(column) === 'choice' && first.operator === 'is' ? 'in' : first.operator;
  return { operator, value: show(first.value), to: '' };
}

/** Days become instants at the edges of the day in the user's zone; "between" includes both ends. */
export function fromDraft(column: Column, { operator, value, to }: Draft): Filter[] {
  const instant = column.type === 'instant';
  const filter = (name: Operator, text: string): Filter[] =>
    text ? [{ column: column.name, operator: name, value: text }] : [];
  const lower = (day: string) => filter('gte', instant && day ? startOfDay(day) : day);
  const upper = (day: string) => filter('lte', instant && day ? endOfDay(day) : day);
  switch (operator) {
    case 'between':
      return [...lower(value), ...upper(to)];
    case 'gte':
      return lower(value);
    case 'lte':
      return upper(value);
    case 'empty':
      return filter('empty', value || 'true');
    case 'in':
      // One choice reads better as `status=active`, and not every column has `in`.
      return filter(value.includes(',') ? 'in' : 'is', value);
    default:
      return filter(operator, value.trim());
  }
}

export function operatorLabel(kind: FilterKind, operator: Draft['operator']): string {
  if (kind === 'day' && operator === 'gte') return t('filter.from');
  if (kind === 'day' && operator === 'lte') return t('filter.until');
  return t(`filter.${operator}`);
}
