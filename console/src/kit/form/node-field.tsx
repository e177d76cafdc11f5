import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useSession } from '@/api/session.ts';
import { t } from '@/text/t.ts';
import { nodeId, nodesQuery } from '../shell/scope.ts';
import { useField, type FieldName } from './context.ts';

/** A place in the tree: provider, reseller or customer. */
export function NodeField({ name }: { name: FieldName }) {
  const { props, value, set } = useField(name);
  return <NodeSelect {...props} required value={value ? String(value) : null} onChange={set} />;
}

interface NodeSelectProps {
  label: string;
  description?: string;
  placeholder?: string;
  error?: ReactNode;
  withAsterisk?: boolean;
  required?: boolean;
  value: string | null;
  onChange: (id: string | null) => void;
}

export function NodeSelect({ required, ...props }: NodeSelectProps) {
  const { nodes } = useSession();
  const [search, setSearch] = useState('');
  const [q] = useDebouncedValue(search.trim(), 150);
  const found = useQuery(nodesQuery(q));
  const all = new Map([...nodes, ...(found.data ?? [])].map((node) => [nodeId(node), node]));
  return (
    <Select
      {...props}
      data={[...all].map(([id, { path, name }]) => ({ value: id, label: path || name }))}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      nothingFoundMessage={t('scope.none')}
      clearable={!required}
      allowDeselect={false}
    />
  );
}
