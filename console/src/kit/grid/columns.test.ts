import { describe, expect, it } from 'vitest';
import type { Column } from '@/api/types.ts';
import { fittedWidths, moveColumn, visibleColumns } from './columns.ts';

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

describe('widths', () => {
  const columns = ['name', 'city'].map((name) => ({ name, label: name, width: 200 }) as Column);

  it('give way a little, so that all columns are seen', () => {
    const fitted = fittedWidths(columns, {}, 350);
    expect(fitted.name! + fitted.city!).toBeLessThanOrEqual(350);
    expect(fitted.name).toBeGreaterThan(150);
  });

  it('stay where there is room, where there is far too little, and where the user pulled', () => {
    expect(fittedWidths(columns, {}, 800)).toEqual({ name: 200, city: 200 });
    expect(fittedWidths(columns, {}, 150)).toEqual({ name: 200, city: 200 });
    expect(fittedWidths(columns, { widths: { name: 200 } }, 370).name).toBe(200);
  });
});
