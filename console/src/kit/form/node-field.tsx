import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSession } from '@/api/session.ts';
import { t } from '@/text/t.ts';
import { nodesQuery } from '../shell/scope.ts';
import { useField, type FieldName } from './context.ts';

/** A place in the tree: provider, reseller or customer. */
export function NodeField({ name }: { name: FieldName }) {
  const { nodes } = useSession();
  const { props, value, set } = useField(name);
  const [search, setSearch] = useState('');
  const [q] = useDebouncedValue(search.trim(), 150);
  const found = useQuery(nodesQuery(q));
  const own = new Map([...nodes, ...(found.data ?? [])].map((node) => [node.id, node]));
  return (
    <Select
      {...props}
      data={[...own.values()].map(({ id, path, name: text }) => ({
        value: id,
        label: path || text,
      }))}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      nothingFoundMessage={t('scope.none')}
      allowDeselect={false}
      value={value ? String(value) : null}
      onChange={set}
    />
  );
}
