import { MultiSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { firstRowsQuery } from '@/api/records.ts';
import type { RecordOf } from '@/api/types.ts';
import { useField, useFormValues } from '@/kit/form/context.ts';
import { t } from '@/text/t.ts';

const most = 200;

/** What the customer subscribes to; the only service there is is preselected (spec 2.1). */
export function ServicesField({ record }: { record: RecordOf<'customers'> | undefined }) {
  const { props, value, set } = useField('services');
  const { values } = useFormValues();
  const query = { kind: 'service', status: 'complete', sort: 'name', limit: most };
  const { data } = useQuery(firstRowsQuery('products', query));
  const provider = record?.provider_id ?? values.provider_id;
  const sold = data?.items.filter(
    (it) => !provider || !it.provider_id || it.provider_id === provider,
  );
  const only = !record && sold?.length === 1 ? sold[0]!.id : null;
  useEffect(() => {
    if (only) set([only]);
    // Once, when it is known: whoever takes it out again wants none.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [only]);
  // What is subscribed to already may be at its end of life.
  const names = (record?.service_names ?? '').split(', ');
  const kept = (record?.services ?? [])
    .map((id, n) => ({ value: id, label: names[n] ?? id }))
    .filter((it) => !sold?.some(({ id }) => id === it.value));
  return (
    <MultiSelect
      {...props}
      data={[...(sold ?? []).map(({ id, name }) => ({ value: id, label: name })), ...kept]}
      searchable
      clearable
      nothingFoundMessage={t('filter.nothing')}
      value={(value ?? []) as string[]}
      onChange={set}
    />
  );
}
