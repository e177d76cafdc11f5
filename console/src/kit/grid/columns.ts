import type { Column } from '@/api/types.ts';
import { isCountry } from '../kind.ts';

/** What the user changed about the look of one grid; kept as the preference `grid.<list>`. */
export interface GridLook {
  columns?: string[];
  widths?: Record<string, number>;
  density?: 'compact' | 'comfortable';
}

const widths: Partial<Record<Column['type'], number>> = {
  text: 180,
  id: 130,
  integer: 90,
  boolean: 90,
  instant: 140,
  date: 120,
  choice: 120,
  list: 180,
  reference: 170,
};

/** What the user pulled; else what the server suggests, if the header and the names fit into it. */
export function columnWidth(column: Column, look: GridLook): number {
  const kept = look.widths?.[column.name];
  if (kept) return kept;
  const header = headerWidth(column);
  const names = isCountry(column) ? 140 : 0;
  return Math.max(column.width ?? widths[column.type] ?? 150, header, names);
}

const headerWidth = ({ label }: Column) => 54 + label.length * 6.5;

/**
 * The suggested columns fit side by side where a little less of each is enough; where it is not,
 * they keep their widths and the grid scrolls. What the user pulled stays as it is.
 */
export function fittedWidths(columns: Column[], look: GridLook, room: number) {
  const wanted = columns.map((column) => columnWidth(column, look));
  const over = sum(wanted) - room;
  const spare = columns.map((column, index) =>
    look.widths?.[column.name] ? 0 : (wanted[index]! - headerWidth(column)) * 0.6,
  );
  const share = over > 0 && over <= sum(spare) ? over / sum(spare) : 0;
  return Object.fromEntries(
    columns.map(({ name }, index) => [name, Math.floor(wanted[index]! - spare[index]! * share)]),
  );
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

/** The column whose value a row shows for this one: a reference shows a name, not an id. */
export const shownColumn = (column: Column) =>
  column.type === 'reference' && column.label_column ? column.label_column : column.name;

/**
 * The columns on the screen, in order: what the address says, else what the user kept, else what
 * the server suggests. Names that no longer exist are dropped, so an old link still works.
 */
export function visibleColumns(
  all: Column[],
  fromAddress: string[] | undefined,
  look: GridLook,
  hidden: string[],
): Column[] {
  const offered = all.filter(({ name }) => !hidden.includes(name));
  const names = fromAddress ?? look.columns;
  const chosen = names?.flatMap((name) => offered.find((column) => column.name === name) ?? []);
  return chosen?.length ? chosen : offered.filter(({ shown }) => shown);
}

/** `name` put where `target` is. */
export function moveColumn(names: string[], name: string, target: string): string[] {
  const from = names.indexOf(name);
  const to = names.indexOf(target);
  if (from < 0 || to < 0 || from === to) return names;
  const next = names.filter((other) => other !== name);
  next.splice(to, 0, name);
  return next;
}
