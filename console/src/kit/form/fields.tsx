import {
  MultiSelect,
  PasswordInput,
  Select,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import type { ListName } from '@/api/types.ts';
import { t, tMaybe } from '@/text/t.ts';
import { useEnum, useRecordChoices } from '../choices.ts';
import type { EnumName } from '../kind.ts';
import { useField, type FieldName } from './context.ts';

interface FieldProps {
  name: FieldName;
  /** Where the field's usual name would mislead. */
  label?: string;
  description?: string;
  placeholder?: string;
  disabled?: boolean;
}

export function TextField({
  name,
  rows,
  ...rest
}: FieldProps & { rows?: number; type?: string; mono?: boolean; first?: boolean }) {
  const { limit, props, value, set } = useField(name);
  const { mono, first, ...input } = rest;
  const common = {
    ...props,
    ...input,
    'data-autofocus': first || undefined,
    maxLength: limit.maxLength,
    min: limit.minimum,
    max: limit.maximum,
    classNames: mono ? { input: 'mono' } : undefined,
    value: String(value ?? ''),
  };
  if (rows) {
    const { type: _, ...area } = common as typeof common & { type?: string };
    return (
      <Textarea
        {...area}
        autosize
        minRows={rows}
        onChange={(event) => set(event.currentTarget.value)}
      />
    );
  }
  return <TextInput {...common} onChange={(event) => set(event.currentTarget.value)} />;
}

/** A whole number; what is none goes as it was typed, and the server says what is wrong with it. */
export function NumberField({ name, first, ...rest }: FieldProps & { first?: boolean }) {
  const { props, value, set } = useField(name);
  return (
    <TextInput
      {...props}
      {...rest}
      inputMode="numeric"
      autoComplete="off"
      data-autofocus={first || undefined}
      value={String(value ?? '')}
      onChange={({ currentTarget: { value: text } }) =>
        set(text === '' ? null : /^-?\d+$/.test(text) ? Number(text) : text)
      }
    />
  );
}

/** A date, with the browser's own calendar. */
export function DateField({ name, ...rest }: FieldProps) {
  const { props, value, set } = useField(name);
  return (
    <TextInput
      {...props}
      {...rest}
      type="date"
      value={String(value ?? '')}
      onChange={(event) => set(event.currentTarget.value || null)}
    />
  );
}

export function PasswordField({ name, ...rest }: FieldProps & { autoComplete?: string }) {
  const { limit, props, value, set } = useField(name);
  return (
    <PasswordInput
      {...props}
      {...rest}
      maxLength={limit.maxLength}
      autoComplete={rest.autoComplete ?? 'new-password'}
      value={String(value ?? '')}
      onChange={(event) => set(event.currentTarget.value)}
    />
  );
}

export function FlagField({ name, ...rest }: FieldProps) {
  const { props, value, set } = useField(name);
  const { withAsterisk: _, ...toggle } = props;
  return (
    <Switch
      {...toggle}
      {...rest}
      checked={Boolean(value)}
      onChange={(event) => set(event.currentTarget.checked)}
    />
  );
}

/** One or several of the values that the API document lists. */
export function ChoiceField({ name, several, ...rest }: FieldProps & { several?: boolean }) {
  const { limit, props, value, set } = useField(name);
  const data = (limit.choices ?? []).map((choice) => ({
    value: choice,
    label: tMaybe(`status.${choice}`, tMaybe(`field.${choice}`, choice)),
  }));
  if (several) {
    return (
      <MultiSelect
        {...props}
        {...rest}
        data={data}
        clearable
        value={(value ?? []) as string[]}
        onChange={set}
      />
    );
  }
  return (
    <Select
      {...props}
      {...rest}
      data={data}
      allowDeselect={!limit.required && limit.initial === undefined}
      value={value ? String(value) : null}
      onChange={set}
    />
  );
}

/** One or several of the lists of values that the API keeps: countries, time zones, industries. */
export function EnumField({
  name,
  values,
  several,
  required,
  ...rest
}: FieldProps & { values: EnumName; several?: boolean; required?: boolean }) {
  const { props, value, set } = useField(name);
  const { data = [] } = useEnum(values);
  const common = {
    ...props,
    ...rest,
    data,
    searchable: true,
    limit: 200,
    nothingFoundMessage: t('filter.nothing'),
  };
  if (several) {
    return <MultiSelect {...common} clearable value={(value ?? []) as string[]} onChange={set} />;
  }
  return (
    <Select
      {...common}
      clearable={!required}
      allowDeselect={false}
      value={value ? String(value) : null}
      onChange={set}
    />
  );
}

/** A list that is typed: domains, deal ids. Commas and Enter end an entry, as in a spreadsheet. */
export function ListField({ name, ...rest }: FieldProps) {
  const { limit, props, value, set } = useField(name);
  return (
    <TagsInput
      {...props}
      {...rest}
      maxTags={limit.maxItems}
      splitChars={[',', ';', '|', ' ']}
      value={((value ?? []) as unknown[]).map(String)}
      onChange={set}
      clearable
    />
  );
}

interface RecordFieldProps extends FieldProps {
  list: ListName;
  filter?: Record<string, string | undefined>;
}

/** Another record, found by its name. */
export function RecordField({ name, ...rest }: RecordFieldProps) {
  const { props, value, set } = useField(name);
  return <RecordPicker {...props} {...rest} value={value ? String(value) : null} onChange={set} />;
}

interface RecordPickerProps {
  list: ListName;
  filter?: Record<string, string | undefined>;
  label: string;
  value: string | null;
  onChange: (id: string | null, label: string) => void;
  error?: React.ReactNode;
  withAsterisk?: boolean;
  description?: string;
  placeholder?: string;
  disabled?: boolean;
}

export function RecordPicker({ list, filter, value, onChange, ...rest }: RecordPickerProps) {
  const [search, setSearch] = useState('');
  const [q] = useDebouncedValue(search.trim(), 150);
  const current = useRecordChoices(list, { ids: value ?? '' }, value !== null);
  const chosen = current.data?.find((choice) => choice.value === value);
  // The chosen one's name is in the box: that is no search.
  const found = useRecordChoices(list, { ...filter, q: q === chosen?.label ? '' : q });
  const data = [...(found.data ?? [])];
  if (chosen && !data.some((choice) => choice.value === value)) data.unshift(chosen);
  return (
    <Select
      {...rest}
      data={data}
      // The server has searched already, by more than the name.
      filter={({ options }) => options}
      searchable
      clearable={!rest.withAsterisk}
      allowDeselect={false}
      searchValue={search}
      onSearchChange={setSearch}
      nothingFoundMessage={found.isFetching ? t('grid.loading') : t('filter.nothing')}
      value={value}
      onChange={(id, option) => onChange(id, option?.label ?? '')}
    />
  );
}
