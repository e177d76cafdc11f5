import { ActionIcon, Checkbox } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconFilter, IconFilterFilled } from '@tabler/icons-react';
import { useState, type KeyboardEvent } from 'react';
import type { Column } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import { DialogPopover } from '../dialog-popover.tsx';
import { moveColumn } from './columns.ts';
import classes from './data-grid.module.css';
import { FilterEditor } from './filter-editor-later.tsx';
import { skeletonColumns } from './grid-row.tsx';
import type { GridSearch } from './use-grid-search.ts';

/** What the head needs of a header of the table, whatever the table's features are. */
interface Header {
  id: string;
  getSize: () => number;
  getResizeHandler: () => (event: unknown) => void;
}

interface GridHeadProps {
  headers: Header[];
  columns: Column[];
  search: GridSearch;
  onOrder: (names: string[]) => void;
  onWidth: (name: string, size: number) => void;
  withCommands: boolean;
  allSelected: boolean;
  someSelected: boolean;
  onSelectAll: (on: boolean) => void;
}

export function GridHead(props: GridHeadProps) {
  const [dragged, setDragged] = useState<string | null>(null);
  const names = props.columns.map(({ name }) => name);
  return (
    <thead>
      <tr aria-rowindex={1}>
        <th className={classes.select}>
          <Checkbox
            size="xs"
            checked={props.allSelected}
            indeterminate={props.someSelected && !props.allSelected}
            onChange={(event) => props.onSelectAll(event.currentTarget.checked)}
            aria-label={t('grid.select_all')}
          />
        </th>
        {props.columns.map((column, index) => (
          <HeadCell
            key={column.name}
            column={column}
            header={props.headers[index]!}
            search={props.search}
            onWidth={(size) => props.onWidth(column.name, size)}
            onStep={(by) => {
              const target = names[index + by];
              if (target) props.onOrder(moveColumn(names, column.name, target));
            }}
            onDrag={setDragged}
            onDrop={() => dragged && props.onOrder(moveColumn(names, dragged, column.name))}
            droppable={dragged !== null && dragged !== column.name}
          />
        ))}
        {/* Until the columns are known it stands for all of them. */}
        <th
          className={classes.filler}
          colSpan={names.length ? 1 : skeletonColumns + 1}
          aria-hidden
        />
        {props.withCommands && (
          <th className={classes.commands}>
            <span className={classes.live}>{t('grid.commands_column')}</span>
          </th>
        )}
      </tr>
    </thead>
  );
}

interface HeadCellProps {
  column: Column;
  header: Header;
  search: GridSearch;
  onWidth: (size: number) => void;
  onStep: (by: 1 | -1) => void;
  onDrag: (name: string | null) => void;
  onDrop: () => void;
  droppable: boolean;
}

function HeadCell({ column, header, search, ...props }: HeadCellProps) {
  const [over, setOver] = useState(false);
  const sort = search.sort.find((part) => part.column === column.name);
  const direction = !sort ? undefined : sort.descending ? 'descending' : 'ascending';
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key] as 1 | -1 | undefined;
    if (!by || !event.altKey) return;
    event.preventDefault();
    if (event.shiftKey) props.onWidth(Math.max(60, header.getSize() + by * 20));
    else props.onStep(by);
  };
  return (
    <th
      aria-sort={column.sortable ? (direction ?? 'none') : undefined}
      data-align={column.type === 'integer' ? 'right' : undefined}
      data-over={(over && props.droppable) || undefined}
      onDragOver={(event) => {
        if (!props.droppable) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={() => {
        setOver(false);
        props.onDrop();
      }}
    >
      <div className={classes.head}>
        <button
          type="button"
          className={classes.sort}
          data-sorted={direction}
          // On the label, never on the cell: the cell also holds the resize handle.
          draggable
          onDragStart={(event) => {
            event.dataTransfer.setData('text/plain', column.name);
            event.dataTransfer.effectAllowed = 'move';
            props.onDrag(column.name);
          }}
          onDragEnd={() => props.onDrag(null)}
          onKeyDown={onKeyDown}
          onClick={
            column.sortable ? (event) => search.toggleSort(column.name, event.shiftKey) : undefined
          }
          title={column.sortable ? t('grid.sort_hint', { column: column.label }) : column.label}
        >
          <span className={classes.label}>{column.label}</span>
          {direction === 'ascending' && <IconArrowUp size={13} aria-hidden />}
          {direction === 'descending' && <IconArrowDown size={13} aria-hidden />}
        </button>
        {column.filterable && <HeadFilter column={column} search={search} />}
      </div>
      <div
        className={classes.resize}
        onMouseDown={header.getResizeHandler()}
        onTouchStart={header.getResizeHandler()}
        aria-hidden
      />
    </th>
  );
}

function HeadFilter({ column, search }: { column: Column; search: GridSearch }) {
  const active = search.filters.some((filter) => filter.column === column.name);
  const label = t('grid.filter_by', { column: column.label });
  return (
    <DialogPopover
      label={label}
      target={(props) => (
        <ActionIcon
          {...props}
          variant="subtle"
          color="gray"
          size={24}
          className={classes.filter}
          data-active={active || undefined}
          aria-label={label}
        >
          {active ? <IconFilterFilled size={13} /> : <IconFilter size={13} />}
        </ActionIcon>
      )}
    >
      {(close) => <FilterEditor column={column} search={search} onDone={close} />}
    </DialogPopover>
  );
}
