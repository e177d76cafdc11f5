import {
  Button,
  Checkbox,
  Group,
  NumberInput,
  ScrollArea,
  Select,
  Stack,
  TextInput,
} from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import type { Column } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import { useColumnChoices } from '../choices.ts';
import { PopoverContent } from '../dialog-popover.tsx';
import { choiceLabel } from '../value.tsx';
import {
  filterKind,
  fromDraft,
  offeredOperators,
  operatorLabel,
  toDraft,
  type Draft,
  type FilterKind,
} from './draft.ts';
import classes from './filter-editor.module.css';
import type { GridSearch } from './use-grid-search.ts';

interface FilterEditorProps {
  column: Column;
  search: GridSearch;
  onDone: () => void;
}

/** How one column is filtered: an operator that fits its type, and a value. */
export function FilterEditor({ column, search, onDone }: FilterEditorProps) {
  const [draft, setDraft] = useState(() => toDraft(column, search.filters));
  const kind = filterKind(column);
  const operators = offeredOperators(column);
  const others = search.filters.filter((filter) => filter.column !== column.name);
  const apply = (next: Draft | null) => {
    search.setFilters([...others, ...(next ? fromDraft(column, next) : [])]);
    onDone();
  };
  return (
    <PopoverContent>
      <form
        className={classes.root}
        onSubmit={(event) => {
          event.preventDefault();
          apply(draft);
        }}
      >
        <Stack gap={10}>
          {operators.length > 1 && (
            <Select
              aria-label={t('filter.operator')}
              data={operators.map((operator) => ({
                value: operator,
                label: operatorLabel(kind, operator),
              }))}
              value={draft.operator}
              onChange={(operator) =>
                setDraft({ operator: operator as Draft['operator'], value: '', to: '' })
              }
              allowDeselect={false}
              comboboxProps={{ withinPortal: false }}
            />
          )}
          <FilterValue column={column} kind={kind} draft={draft} onChange={setDraft} />
          <Group gap={8} justify="flex-end">
            <Button variant="default" onClick={() => apply(null)}>
              {t('filter.clear')}
            </Button>
            <Button type="submit">{t('filter.apply')}</Button>
          </Group>
        </Stack>
      </form>
    </PopoverContent>
  );
}

interface FilterValueProps {
  column: Column;
  kind: FilterKind;
  draft: Draft;
  onChange: (draft: Draft) => void;
}

function FilterValue({ column, kind, draft, onChange }: FilterValueProps) {
  const label = column.label;
  if (draft.operator === 'empty') {
    return (
      <Select
        aria-label={label}
        data={[
          { value: 'true', label: t('filter.is_empty') },
          { value: 'false', label: t('filter.is_not_empty') },
        ]}
        value={draft.value || 'true'}
        onChange={(value) => onChange({ ...draft, value: value ?? 'true' })}
        allowDeselect={false}
        comboboxProps={{ withinPortal: false }}
      />
    );
  }
  if (kind === 'choice') return <ChoiceList column={column} draft={draft} onChange={onChange} />;
  const ends = draft.operator === 'between' ? (['value', 'to'] as const) : (['value'] as const);
  return (
    <Group gap={8} wrap="nowrap">
      {ends.map((end, index) => {
        const common = {
          'aria-label':
            ends.length > 1 ? t(index ? 'filter.to' : 'filter.from_end', { label }) : label,
          'data-autofocus': index === 0 || undefined,
          className: classes.value,
        };
        if (kind === 'number') {
          return (
            <NumberInput
              key={end}
              {...common}
              allowDecimal={false}
              value={draft[end]}
              onChange={(value) => onChange({ ...draft, [end]: String(value) })}
            />
          );
        }
        return (
          <TextInput
            key={end}
            {...common}
            type={kind === 'day' ? 'date' : 'text'}
            value={draft[end]}
            onChange={(event) => onChange({ ...draft, [end]: event.currentTarget.value })}
          />
        );
      })}
    </Group>
  );
}

function ChoiceList({ column, draft, onChange }: Omit<FilterValueProps, 'kind'>) {
  const [needle, setNeedle] = useState('');
  const [q] = useDebouncedValue(needle.trim(), 150);
  const choices = useColumnChoices(column, q);
  const chosen = draft.value.split(',').filter(Boolean);
  // `not` takes one value; the others any number.
  const single = draft.operator === 'not';
  const toggle = (value: string, on: boolean) => {
    const rest = single ? [] : chosen.filter((other) => other !== value);
    onChange({ ...draft, value: (on ? [...rest, value] : rest).join(',') });
  };
  const searchable = Boolean(column.resource) || needle !== '' || choices.length > 10;
  return (
    <Stack gap={8}>
      {searchable && (
        <TextInput
          data-autofocus
          placeholder={t('filter.search')}
          aria-label={t('filter.search')}
          value={needle}
          onChange={(event) => setNeedle(event.currentTarget.value)}
        />
      )}
      <ScrollArea.Autosize mah={240} type="auto" viewportProps={{ tabIndex: -1 }}>
        <Stack gap={10} role="group" aria-label={column.label} p={2}>
          {choices.map(({ value, label }) => (
            <Checkbox
              key={value}
              size="xs"
              label={
                column.resource
                  ? label
                  : choiceLabel(column, value) === value
                    ? label
                    : choiceLabel(column, value)
              }
              checked={chosen.includes(value)}
              onChange={(event) => toggle(value, event.currentTarget.checked)}
            />
          ))}
          {choices.length === 0 && <span className="dim">{t('filter.nothing')}</span>}
        </Stack>
      </ScrollArea.Autosize>
    </Stack>
  );
}
