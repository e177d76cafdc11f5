import { ActionIcon, Button, Checkbox, SegmentedControl, TextInput } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconColumns3 } from '@tabler/icons-react';
import { useState } from 'react';
import type { Column } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import { DialogPopover, PopoverContent } from '../dialog-popover.tsx';
import { moveColumn, type GridLook } from './columns.ts';
import classes from './columns-menu.module.css';

interface ColumnsMenuProps {
  all: Column[];
  visible: Column[];
  onColumns: (names: string[] | undefined) => void;
  look: GridLook;
  onLook: (look: GridLook) => void;
}

/** Which columns, in which order, how dense. Kept for the user. */
export function ColumnsMenu(props: ColumnsMenuProps) {
  return (
    <DialogPopover
      label={t('columns.label')}
      position="bottom-end"
      target={(target) => (
        <Button {...target} variant="default" leftSection={<IconColumns3 size={15} />}>
          {t('columns.label')}
        </Button>
      )}
    >
      {() => (
        <PopoverContent>
          <ColumnsForm {...props} />
        </PopoverContent>
      )}
    </DialogPopover>
  );
}

function ColumnsForm({
  ref,
  all,
  visible,
  onColumns,
  look,
  onLook,
}: ColumnsMenuProps & { ref?: React.Ref<HTMLDivElement> }) {
  const [needle, setNeedle] = useState('');
  const names = visible.map(({ name }) => name);
  const matching = ({ label }: Column) => label.toLowerCase().includes(needle.toLowerCase());
  const hidden = all.filter((column) => !names.includes(column.name) && matching(column));
  return (
    <div className={classes.root} ref={ref}>
      <SegmentedControl
        fullWidth
        size="xs"
        aria-label={t('columns.density')}
        data={[
          { value: 'compact', label: t('columns.compact') },
          { value: 'comfortable', label: t('columns.comfortable') },
        ]}
        value={look.density ?? 'comfortable'}
        onChange={(density) => onLook({ density: density as GridLook['density'] })}
      />
      <TextInput
        data-autofocus
        placeholder={t('filter.search_columns')}
        aria-label={t('filter.search_columns')}
        value={needle}
        onChange={(event) => setNeedle(event.currentTarget.value)}
      />
      <ul className={classes.list}>
        {visible.filter(matching).map((column) => (
          <li key={column.name} className={classes.item}>
            <Checkbox
              size="xs"
              label={column.label}
              checked
              // A grid without columns shows nothing and cannot be clicked back.
              disabled={names.length === 1}
              onChange={() => onColumns(names.filter((name) => name !== column.name))}
            />
            <Step column={column} names={names} by={-1} onColumns={onColumns} />
            <Step column={column} names={names} by={1} onColumns={onColumns} />
          </li>
        ))}
        {hidden.map((column) => (
          <li key={column.name} className={classes.item}>
            <Checkbox
              size="xs"
              label={column.label}
              checked={false}
              onChange={() => onColumns([...names, column.name])}
            />
          </li>
        ))}
      </ul>
      <Button
        variant="default"
        onClick={() => {
          onLook({ widths: undefined, density: undefined });
          onColumns(undefined);
        }}
      >
        {t('columns.reset')}
      </Button>
    </div>
  );
}

interface StepProps {
  column: Column;
  names: string[];
  by: 1 | -1;
  onColumns: (names: string[]) => void;
}

function Step({ column, names, by, onColumns }: StepProps) {
  const target = names[names.indexOf(column.name) + by];
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={24}
      disabled={!target}
      aria-label={t(by < 0 ? 'columns.up' : 'columns.down', { column: column.label })}
      onClick={() => target && onColumns(moveColumn(names, column.name, target))}
    >
      {by < 0 ? <IconArrowUp size={14} /> : <IconArrowDown size={14} />}
    </ActionIcon>
  );
}
