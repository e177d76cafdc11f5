import { Combobox, UnstyledButton, useCombobox, VisuallyHidden } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { IconSelector } from '@tabler/icons-react';
import { useState } from 'react';
import { useSession, workAt } from '@/api/session.ts';
import type { Node } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import { Initials } from '../initials.tsx';
import { nodeId, nodesQuery, useScope } from './scope.ts';
import classes from './scope-switcher.module.css';

/** Where the user works, and which part of the tree below it the lists show. */
export function ScopeSwitcher() {
  const session = useSession();
  const { node: narrowed, narrow } = useScope();
  const [search, setSearch] = useState('');
  const combobox = useCombobox({
    onDropdownOpen: () => combobox.focusSearchInput(),
    onDropdownClose: () => setSearch(''),
  });
  const [needle] = useDebouncedValue(search.trim(), 150);
  const below = useQuery({ ...nodesQuery(needle), enabled: combobox.dropdownOpened });
  const own = session.nodes.filter(({ name }) => name.toLowerCase().includes(needle.toLowerCase()));
  const ownIds = new Set(session.nodes.map(nodeId));
  const others = (below.data ?? []).filter((node) => !ownIds.has(nodeId(node)));
  const current = narrowed ?? session.node;

  const choose = async (id: string) => {
    combobox.closeDropdown();
    const granted = session.nodes.find((node) => nodeId(node) === id);
    if (!granted) return narrow(others.find((node) => nodeId(node) === id) ?? null);
    if (nodeId(granted) !== nodeId(session.node)) return workAt(id, () => narrow(null));
    return narrow(null);
  };

  return (
    <Combobox
      store={combobox}
      onOptionSubmit={(id) => void choose(id)}
      position="bottom-start"
      width={320}
    >
      <Combobox.Target targetType="button">
        <UnstyledButton className={classes.target} onClick={() => combobox.toggleDropdown()}>
          <VisuallyHidden>{t('scope.label')}</VisuallyHidden>
          <Initials name={current.name} />
          <span className={classes.names}>
            <span className={classes.name} title={current.name}>
              {current.name}
            </span>
            <span className={classes.level}>{t(`scope.${current.type}`)}</span>
          </span>
          <IconSelector size={16} aria-hidden />
        </UnstyledButton>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          placeholder={t('scope.search')}
          aria-label={t('scope.search')}
        />
        <Combobox.Options aria-label={t('scope.label')} className={classes.options}>
          <NodeGroup label={t('scope.yours')} nodes={own} current={current} />
          <NodeGroup label={t('scope.below')} nodes={others} current={current} />
          {own.length + others.length === 0 && <Combobox.Empty>{t('scope.none')}</Combobox.Empty>}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

function NodeGroup(props: { label: string; nodes: Node[]; current: Node }) {
  if (props.nodes.length === 0) return null;
  return (
    <Combobox.Group label={props.label}>
      {props.nodes.map((node) => (
        <Combobox.Option
          key={nodeId(node)}
          value={nodeId(node)}
          active={nodeId(node) === nodeId(props.current)}
        >
          <span className={classes.option}>
            <span className={classes.name}>{node.name}</span>
            <span className={classes.level} title={node.path}>
              {node.path}
            </span>
          </span>
        </Combobox.Option>
      ))}
    </Combobox.Group>
  );
}
