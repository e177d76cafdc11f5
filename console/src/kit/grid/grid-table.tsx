import {
  columnResizingFeature,
  columnSizingFeature,
  createColumnHelper,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import type { AnyRow, Column } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import { fittedWidths, type GridLook } from './columns.ts';
import classes from './data-grid.module.css';
import type { RowParts } from './data-grid.tsx';
import { GridHead } from './grid-head.tsx';
import { GridRow, skeletonColumns, SkeletonRows } from './grid-row.tsx';
import { useBeyond, useWidth } from './use-beyond.ts';
import type { GridSearch } from './use-grid-search.ts';

const features = tableFeatures({ columnSizingFeature, columnResizingFeature });
const helper = createColumnHelper<typeof features, AnyRow>();

interface GridTableProps extends RowParts {
  ready: boolean;
  stale: boolean;
  columns: Column[];
  rows: AnyRow[];
  hasMore: boolean;
  onMore: () => void;
  search: GridSearch;
  look: GridLook;
  onWidths: (widths: Record<string, number>) => void;
  onOrder: (names: string[]) => void;
  nameColumn: string;
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
  onBeyond: (columns: number) => void;
}

export const rowHeights = { compact: 32, comfortable: 40 };
const selectWidth = 40;
const commandsWidth = 44;

export function GridTable(props: GridTableProps) {
  const { columns, rows, look, selected } = props;
  const viewport = useRef<HTMLDivElement>(null);
  const definitions = useMemo(
    () =>
      helper.columns(
        columns.map((column) =>
          helper.accessor((row) => row[column.name], {
            id: column.name,
            header: column.label,
            minSize: 60,
            maxSize: 800,
          }),
        ),
      ),
    [columns],
  );
  const [sizing, setSizing] = useState<Record<string, number>>({});
  const edge = props.commands ? commandsWidth : 0;
  const room = useWidth(viewport) - selectWidth - edge;
  const kept = fittedWidths(columns, look, room);
  const table = useTable({
    features,
    columns: definitions,
    data: rows,
    getRowId: (row) => row.id,
    columnResizeMode: 'onChange',
    state: { columnSizing: { ...kept, ...sizing } },
    onColumnSizingChange: (update) =>
      setSizing((now) => {
        const next = typeof update === 'function' ? update({ ...kept, ...now }) : update;
        // Only what was pulled: the others go on fitting the window.
        return Object.fromEntries(Object.entries(next).filter(([name, w]) => w !== kept[name]));
      }),
  });

  // A width is kept when the drag ends, not at each of its steps.
  const resizing = Boolean(table.state.columnResizing.isResizingColumn);
  const { onWidths } = props;
  useEffect(() => {
    if (resizing || Object.keys(sizing).length === 0) return;
    onWidths(sizing);
    setSizing({});
  }, [resizing, sizing, onWidths]);

  const model = table.getRowModel().rows;
  const height = rowHeights[look.density ?? 'comfortable'];
  const virtualizer = useVirtualizer({
    count: model.length,
    getScrollElement: () => viewport.current,
    estimateSize: () => height,
    getItemKey: (index) => model[index]!.id,
    overscan: 12,
    scrollPaddingStart: 36,
  });
  useEffect(() => virtualizer.measure(), [virtualizer, height]);
  const shown = virtualizer.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  const { hasMore, onMore } = props;
  useEffect(() => {
    if (hasMore && last >= model.length - 30) onMore();
  }, [hasMore, last, model.length, onMore]);

  const top = shown[0]?.start ?? 0;
  const bottom = virtualizer.getTotalSize() - (shown.at(-1)?.end ?? 0);
  const width = table.getTotalSize() + selectWidth + edge;
  // Where each column ends, with the commands that cover the right edge.
  const ends = columns.map(
    (_, index) =>
      columns
        .slice(0, index + 1)
        .reduce((sum, { name }) => sum + table.getColumn(name)!.getSize(), selectWidth) + edge,
  );
  const beyond = useBeyond(viewport, ends);
  const { onBeyond } = props;
  useEffect(() => onBeyond(beyond), [beyond, onBeyond]);

  const toggle = (ids: string[], on: boolean) => {
    const next = new Set(selected);
    for (const id of ids)
      if (on) next.add(id);
      else next.delete(id);
    props.onSelect(next);
  };

  return (
    <div className={classes.viewport} ref={viewport} data-stale={props.stale || undefined}>
      <table
        className={classes.table}
        style={{ minWidth: width }}
        aria-label={props.label}
        aria-rowcount={hasMore ? -1 : model.length + 1}
        aria-colcount={columns.length + 1 + (props.commands ? 1 : 0)}
      >
        <colgroup>
          <col style={{ width: selectWidth }} />
          {columns.map((column) => (
            <col key={column.name} style={{ width: table.getColumn(column.name)!.getSize() }} />
          ))}
          <col />
          {props.commands && <col style={{ width: commandsWidth }} />}
        </colgroup>
        <GridHead
          headers={table.getHeaderGroups()[0]?.headers ?? []}
          columns={columns}
          search={props.search}
          onOrder={props.onOrder}
          onWidth={(name, size) => setSizing({ [name]: size })}
          withCommands={Boolean(props.commands)}
          allSelected={rows.length > 0 && rows.every(({ id }) => selected.has(id))}
          someSelected={selected.size > 0}
          onSelectAll={(on) =>
            toggle(
              rows.map(({ id }) => id),
              on,
            )
          }
        />
        <tbody>
          {!props.ready && (
            <SkeletonRows columns={columns.length || skeletonColumns} height={height} />
          )}
          {props.ready && top > 0 && <Spacer height={top} />}
          {props.ready &&
            shown.map(({ index, key }) => {
              const row = rows[index]!;
              return (
                <GridRow
                  key={key}
                  row={row}
                  index={index}
                  columns={columns}
                  selected={selected.has(row.id)}
                  onSelect={(on) => toggle([row.id], on)}
                  parts={props}
                  nameColumn={props.nameColumn}
                />
              );
            })}
          {props.ready && bottom > 0 && <Spacer height={bottom} />}
        </tbody>
      </table>
    </div>
  );
}

/** Keeps the scroll bar honest for the rows that are not drawn. */
function Spacer({ height }: { height: number }): ReactNode {
  return (
    <tr aria-hidden className={classes.spacer}>
      <td style={{ height }} aria-label={t('grid.spacer')} />
    </tr>
  );
}
