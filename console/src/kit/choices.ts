import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { read } from '@/api/client.ts';
import { firstRowsQuery } from '@/api/records.ts';
import type { AnyRow, Choice, Column, ListName } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import { enumOf, type EnumName } from './kind.ts';

export const useEnum = (name: EnumName, enabled = true): UseQueryResult<Choice[]> =>
  useQuery({
    queryKey: ['enums', name],
    queryFn: ({ signal }) => read('/enums/{name}', { path: { name }, signal }),
    staleTime: Infinity,
    enabled,
  });

/** A record as a picker shows it. */
export const rowChoice = (row: AnyRow): Choice => ({
  value: row.id,
  label: String(row.full_name ?? row.name ?? row.display_name ?? row.email ?? row.id),
});

/** The first records whose name has the words; with ids, exactly those. */
export function useRecordChoices(
  list: ListName,
  query: { q?: string; ids?: string; [filter: string]: string | undefined },
  enabled = true,
) {
  return useQuery({
    ...firstRowsQuery(list, { ...query, limit: 50 }),
    select: (page) => (page.items as unknown as AnyRow[]).map(rowChoice),
    placeholderData: (previous) => previous,
    enabled,
  });
}

/** What a column can be filtered by; `q` narrows what has too many values to list. */
export function useColumnChoices(column: Column, q: string) {
  const name = enumOf(column);
  const fromEnum = useEnum(name ?? 'countries', Boolean(name));
  const records = useRecordChoices(
    (column.resource ?? 'customers') as ListName,
    { q },
    Boolean(column.resource),
  );
  if (column.type === 'boolean') {
    return [
      { value: 'true', label: t('value.yes') },
      { value: 'false', label: t('value.no') },
    ];
  }
  const choices = column.resource ? records.data : (column.values ?? fromEnum.data);
  const needle = column.resource ? '' : q.toLowerCase();
  return (choices ?? []).filter(({ label }) => label.toLowerCase().includes(needle));
}
