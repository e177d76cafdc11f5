import { Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Column } from '@/api/types.ts';
import { formatAgo, formatDate, formatExact, formatNumber } from '@/text/format.ts';
import { t, tMaybe } from '@/text/t.ts';
import { isCode, isCountry } from './kind.ts';
import { Status } from './status.tsx';

const nothing = (
  <span className="dim" aria-label={t('value.none')}>
    –
  </span>
);

/** Choices that say how something is, not what kind it is: those get a chip. */
const states = new Set(['status', 'state', 'stage', 'access', 'management', 'outcome']);

export const isBlank = (value: unknown) =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && !value.length);

/** A record's value as people read it; the type comes from the list's columns. */
export function Value({ column, value }: { column: Column; value: unknown }): ReactNode {
  if (isBlank(value)) return nothing;
  if (isCountry(column)) return countryName(String(value));
  if (isCode(column)) return <span className="mono">{String(value)}</span>;
  switch (column.type) {
    case 'instant':
      return <Instant iso={String(value)} />;
    case 'date':
      return formatDate(String(value));
    case 'integer':
      return <span className="numbers">{formatNumber(Number(value))}</span>;
    case 'boolean':
      return value ? t('value.yes') : t('value.no');
    case 'choice':
      return states.has(column.name) ? (
        <Status value={String(value)} label={choiceLabel(column, value)} />
      ) : (
        choiceLabel(column, value)
      );
    case 'list':
      return (value as unknown[]).map((item) => choiceLabel(column, item)).join(', ');
    default:
      return String(value);
  }
}

/** The same as plain text: for titles, chips and what is read aloud. */
export function plainValue(column: Column, value: unknown): string {
  if (isBlank(value)) return t('value.none');
  if (column.type === 'instant') return formatAgo(String(value));
  if (column.type === 'date') return formatDate(String(value));
  if (column.type === 'integer') return formatNumber(Number(value));
  if (column.type === 'boolean') return value ? t('value.yes') : t('value.no');
  if (isCountry(column)) return countryName(String(value));
  if (Array.isArray(value)) return value.map((item) => choiceLabel(column, item)).join(', ');
  return column.type === 'choice' ? choiceLabel(column, value) : String(value);
}

export function choiceLabel(column: Column, value: unknown): string {
  const known = column.values?.find((choice) => choice.value === value);
  return known?.label ?? tMaybe(`status.${String(value)}`, String(value));
}

const regions = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' });

export const countryName = (code: string) => regions.of(code) ?? code;

const languages = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'code' });

export const languageName = (code: string | null | undefined) => code && languages.of(code);

export function Instant({ iso }: { iso: string }) {
  return (
    <Tooltip label={formatExact(iso)} openDelay={400}>
      <time dateTime={iso} className="numbers">
        {formatAgo(iso)}
      </time>
    </Tooltip>
  );
}
