import { CloseButton, UnstyledButton } from '@mantine/core';
import type { Column, ListName } from '@/api/types.ts';
import { formatDate } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import { useColumnChoices, useRecordChoices } from '../choices.ts';
import { DialogPopover } from '../dialog-popover.tsx';
import { plainValue } from '../value.tsx';
import { filterKind, operatorLabel, toDraft } from './draft.ts';
import classes from './filter-chips.module.css';
import { FilterEditor } from './filter-editor-later.tsx';
import type { GridSearch } from './use-grid-search.ts';

/** The filters in words, each one to change or to take away. */
export function FilterChips({ all, search }: { all: Column[]; search: GridSearch }) {
  const names = [...new Set(search.filters.map(({ column }) => column))];
  const columns = names.flatMap((name) => all.find((column) => column.name === name) ?? []);
  if (columns.length === 0 && search.archived === 'no') return null;
  return (
    <div className={classes.root} role="group" aria-label={t('filter.active')}>
      {search.archived !== 'no' && (
        <span className={classes.chip}>
          <span className={classes.text}>{t(`archived.${search.archived}`)}</span>
          <CloseButton
            size={24}
            onClick={() => search.setArchived('no')}
            aria-label={t('filter.remove', { column: t('archived.label') })}
          />
        </span>
      )}
      {columns.map((column) => (
        <FilterChip key={column.name} column={column} search={search} />
      ))}
      <UnstyledButton className={classes.clear} onClick={search.clear}>
        {t('filter.clear_all')}
      </UnstyledButton>
    </div>
  );
}

function FilterChip({ column, search }: { column: Column; search: GridSearch }) {
  const text = useFilterText(column, search);
  const others = search.filters.filter((filter) => filter.column !== column.name);
  return (
    <span className={classes.chip}>
      <DialogPopover
        label={t('grid.filter_by', { column: column.label })}
        target={(props) => (
          <UnstyledButton {...props} className={classes.text} title={text}>
            <strong>{column.label}</strong> {text}
          </UnstyledButton>
        )}
      >
        {(close) => <FilterEditor column={column} search={search} onDone={close} />}
      </DialogPopover>
      <CloseButton
        size={24}
        onClick={() => search.setFilters(others)}
        aria-label={t('filter.remove', { column: column.label })}
      />
    </span>
  );
}

/** "is Germany or France", "from 1 Jan 2027", "contains bay". */
function useFilterText(column: Column, search: GridSearch): string {
  const draft = toDraft(column, search.filters);
  const kind = filterKind(column);
  const values = draft.value.split(',').filter(Boolean);
  const list = (column.resource ?? 'customers') as ListName;
  const records = useRecordChoices(
    list,
    { ids: draft.value },
    Boolean(column.resource) && values.length > 0,
  );
  const choices = useColumnChoices(column, '');
  const named = (value: string) => {
    if (kind === 'day' && value) return formatDate(value);
    if (kind !== 'choice') return value;
    const known = [...(records.data ?? []), ...choices].find((choice) => choice.value === value);
    if (known) return known.label;
    return column.resource ? '…' : plainValue(column, value);
  };
  if (draft.operator === 'empty') {
    return t(draft.value === 'false' ? 'filter.is_not_empty' : 'filter.is_empty').toLowerCase();
  }
  const operator = operatorLabel(kind, draft.operator).toLowerCase();
  if (draft.operator === 'between') {
    return `${operator} ${t('filter.range', { from: named(draft.value), to: named(draft.to) })}`;
  }
  return `${operator} ${(kind === 'choice' ? values : [draft.value]).map(named).join(', ')}`;
}
