import { ActionIcon, Button, CloseButton, Menu, TextInput, Tooltip } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconAdjustmentsHorizontal, IconRefresh, IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { Column, ListName } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import type { GridLook } from './columns.ts';
import { ColumnsMenu } from './columns-menu.tsx';
import { ExportMenu } from './export-menu.tsx';
import classes from './grid-toolbar.module.css';
import type { Archived } from './grammar.ts';
import { AddFilter } from './add-filter.tsx';
import type { GridSearch } from './use-grid-search.ts';

interface GridToolbarProps {
  list: ListName;
  label: string;
  all: Column[];
  visible: Column[];
  search: GridSearch;
  look: GridLook;
  onLook: (look: GridLook) => void;
  onColumns: (names: string[] | undefined) => void;
  archivable?: boolean;
  selected: ReadonlySet<string>;
  onClearSelection: () => void;
  fetching: boolean;
  onRefresh: () => void;
  actions?: ReactNode;
}

export function GridToolbar(props: GridToolbarProps) {
  const { search, selected } = props;
  return (
    <div className={classes.root}>
      {selected.size > 0 ? (
        <div className={classes.selection}>
          <strong>{t('grid.selected', { count: selected.size })}</strong>
          <Button variant="subtle" color="gray" onClick={props.onClearSelection}>
            {t('grid.clear_selection')}
          </Button>
        </div>
      ) : (
        <>
          {props.all.some(({ searched }) => searched) && (
            <SearchBox label={props.label} search={search} />
          )}
          <AddFilter all={props.all} search={search} />
          {props.archivable && <ArchivedMenu search={search} />}
        </>
      )}
      <div className={classes.tools}>
        {props.actions}
        <ExportMenu list={props.list} visible={props.visible} search={search} selected={selected} />
        <ColumnsMenu
          all={props.all}
          visible={props.visible}
          onColumns={props.onColumns}
          look={props.look}
          onLook={props.onLook}
        />
        <Tooltip label={t('grid.refresh')}>
          <ActionIcon
            variant="default"
            aria-label={t('grid.refresh')}
            onClick={props.onRefresh}
            data-spinning={props.fetching || undefined}
            className={classes.refresh}
          >
            <IconRefresh size={16} />
          </ActionIcon>
        </Tooltip>
      </div>
    </div>
  );
}

function SearchBox({ label, search }: { label: string; search: GridSearch }) {
  const [text, setText] = useState(search.q);
  const sent = useRef(search.q);
  useEffect(() => {
    // The address also changes on its own ("back", a link, "clear all"); our own words coming back
    // must not overwrite what was typed since.
    if (search.q !== sent.current) setText(search.q);
    sent.current = search.q;
  }, [search.q]);
  const apply = useDebouncedCallback((q: string) => {
    sent.current = q.trim();
    search.setQ(sent.current);
  }, 150);
  const change = (next: string) => {
    setText(next);
    apply(next);
  };
  return (
    <TextInput
      type="search"
      className={classes.search}
      leftSection={<IconSearch size={15} />}
      rightSection={
        text && (
          <CloseButton size={24} aria-label={t('grid.clear_search')} onClick={() => change('')} />
        )
      }
      placeholder={t('grid.search', { label: label.toLowerCase() })}
      aria-label={t('grid.search', { label: label.toLowerCase() })}
      aria-keyshortcuts="/"
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          if (text) change('');
          else event.currentTarget.blur();
        }
      }}
    />
  );
}

function ArchivedMenu({ search }: { search: GridSearch }) {
  const choices: Archived[] = ['no', 'any', 'only'];
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button
          variant="default"
          className={classes.archived}
          leftSection={<IconAdjustmentsHorizontal size={15} />}
        >
          {t('archived.label')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup
          aria-label={t('archived.label')}
          value={search.archived}
          onChange={(choice) => search.setArchived(choice as Archived)}
        >
          {choices.map((choice) => (
            <Menu.RadioItem key={choice} value={choice}>
              {t(`archived.${choice}`)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}
