import { expect, it } from 'vitest';
import type { Column } from '@/api/types.ts';
import { moveColumn, visibleColumns } from './columns.ts';

const column = (name: string, shown = true) => ({ name, shown }) as Column;
const all = [column('name'), column('city'), column('note', false)];
const names = (columns: Column[]) => columns.map(({ name }) => name);

it('shows what the address says, else what the user kept, else what the server suggests', () => {
  expect(names(visibleColumns(all, ['note', 'name'], { columns: ['city'] }, []))).toEqual([
    'note',
    'name',
  ]);
  expect(names(visibleColumns(all, undefined, { columns: ['city'] }, []))).toEqual(['city']);
  expect(names(visibleColumns(all, undefined, {}, []))).toEqual(['name', 'city']);
});

it('drops names that no longer exist and never shows nothing', () => {
  expect(names(visibleColumns(all, ['gone', 'city'], {}, []))).toEqual(['city']);
  expect(names(visibleColumns(all, ['gone'], {}, []))).toEqual(['name', 'city']);
  expect(names(visibleColumns(all, undefined, {}, ['city']))).toEqual(['name']);
});

it('moves a column left and right', () => {
  expect(moveColumn(['a', 'b', 'c'], 'a', 'c')).toEqual(['b', 'c', 'a']);
  expect(moveColumn(['a', 'b', 'c'], 'c', 'a')).toEqual(['c', 'a', 'b']);
  expect(moveColumn(['a', 'b', 'c'], 'a', 'gone')).toEqual(['a', 'b', 'c']);
});
