import { Checkbox, Skeleton, Tooltip } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Fragment, useState, type ReactNode } from 'react';
import type { AnyRow, Column } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import { RowCommands } from '../commands.tsx';
import { Value, isBlank } from '../value.tsx';
import { shownColumn } from './columns.ts';
import classes from './data-grid.module.css';
import type { RowParts } from './data-grid.tsx';

interface GridRowProps {
  row: AnyRow;
  index: number;
  columns: Column[];
  selected: boolean;
  onSelect: (on: boolean) => void;
  parts: RowParts;
  nameColumn: string;
}

export function GridRow({
  row,
  index,
  columns,
  selected,
  onSelect,
  parts,
  nameColumn,
}: GridRowProps) {
  // A row that is called by what it refers to is named like it: `product_id` by `product_name`.
  const called = row[nameColumn.replace(/_id$/, '_name')];
  const name = String(called ?? row[nameColumn] ?? row.name ?? row.id);
  const { commands } = parts;
  return (
    <tr
      data-index={index}
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-archived={row.archived_at ? true : undefined}
      tabIndex={-1}
    >
      <td className={classes.select}>
        <Checkbox
          size="xs"
          checked={selected}
          onChange={(event) => onSelect(event.currentTarget.checked)}
          aria-label={t('grid.select', { name })}
        />
      </td>
      {columns.map((column) => (
        <GridCell
          key={column.name}
          column={column}
          row={row}
          parts={parts}
          isName={column.name === nameColumn}
        />
      ))}
      <td className={classes.filler} />
      {commands && (
        <td className={classes.commands}>
          <RowCommands name={name} commands={() => commands(row)} />
        </td>
      )}
    </tr>
  );
}

interface GridCellProps {
  column: Column;
  row: AnyRow;
  parts: RowParts;
  isName: boolean;
}

function GridCell({ column, row, parts, isName }: GridCellProps) {
  const value = row[shownColumn(column)];
  const own = parts.cells?.[column.name];
  const content = own ? own(row) : <Value column={column} value={value} />;
  const text = typeof value === 'string' && !own ? value : undefined;
  return (
    <td
      data-align={column.type === 'integer' ? 'right' : undefined}
      data-name={isName || undefined}
    >
      <LongText text={text}>
        {isName ? <RowTarget row={row} parts={parts} content={content} /> : content}
      </LongText>
    </td>
  );
}

/** The name is the way in: a link to the row's page, or a button that opens it here. */
function RowTarget({ row, parts, content }: { row: AnyRow; parts: RowParts; content: ReactNode }) {
  if (parts.link) {
    return (
      <Link {...parts.link(row)} className={classes.name} data-row-target>
        {content}
      </Link>
    );
  }
  if (parts.open) {
    return (
      <button
        type="button"
        className={classes.name}
        data-row-target
        onClick={() => parts.open!(row)}
      >
        {content}
      </button>
    );
  }
  return content;
}

/** Cut-off text gets a tooltip, text that fits does not. */
function LongText({ text, children }: { text: string | undefined; children: ReactNode }) {
  const [cut, setCut] = useState(false);
  const box = (
    <div
      className={classes.cell}
      onPointerEnter={({ currentTarget: { scrollWidth, clientWidth } }) =>
        setCut(scrollWidth > clientWidth)
      }
    >
      {children}
    </div>
  );
  if (!cut || isBlank(text)) return box;
  return (
    <Tooltip label={text} openDelay={300} multiline maw={420}>
      {box}
    </Tooltip>
  );
}

/** How many columns a grid seems to have while it does not know its own. */
export const skeletonColumns = 5;

export function SkeletonRows({ columns, height }: { columns: number; height: number }) {
  return Array.from({ length: 12 }, (_, row) => (
    <tr key={row} style={{ height }} aria-hidden>
      {Array.from({ length: columns + 2 }, (__, cell) => (
        <Fragment key={cell}>
          <td>
            {cell > 0 && cell <= columns && (
              <Skeleton height={10} width={`${50 + ((row * 7 + cell * 13) % 40)}%`} />
            )}
          </td>
        </Fragment>
      ))}
    </tr>
  ));
}
