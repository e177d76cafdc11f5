import { Button, Popover, TextInput, UnstyledButton } from '@mantine/core';
import { IconArrowLeft, IconFilterPlus } from '@tabler/icons-react';
import { useState } from 'react';
import type { Column } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import classes from './add-filter.module.css';
import { FilterEditor } from './filter-editor-later.tsx';
import type { GridSearch } from './use-grid-search.ts';

/** Every column filters, also those that are not on the screen: choose one, then its value. */
export function AddFilter({ all, search }: { all: Column[]; search: GridSearch }) {
  const [opened, setOpened] = useState(false);
  const [column, setColumn] = useState<Column | null>(null);
  const [needle, setNeedle] = useState('');
  const offered = all.filter(
    ({ filterable, label }) => filterable && label.toLowerCase().includes(needle.toLowerCase()),
  );
  const toggle = (open: boolean) => {
    setOpened(open);
    setColumn(null);
    setNeedle('');
  };
  return (
    <Popover
      opened={opened}
      onChange={toggle}
      position="bottom-start"
      trapFocus
      returnFocus
      withRoles={false}
    >
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<IconFilterPlus size={15} />}
          aria-haspopup="dialog"
          aria-expanded={opened}
          onClick={() => toggle(!opened)}
        >
          {t('filter.add')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="sm" role="dialog" aria-label={t('filter.add')}>
        {column ? (
          <>
            <UnstyledButton className={classes.back} onClick={() => setColumn(null)}>
              <IconArrowLeft size={14} aria-hidden />
              {column.label}
            </UnstyledButton>
            <FilterEditor column={column} search={search} onDone={() => toggle(false)} />
          </>
        ) : (
          <div className={classes.choose}>
            <TextInput
              data-autofocus
              placeholder={t('filter.search_columns')}
              aria-label={t('filter.search_columns')}
              value={needle}
              onChange={(event) => setNeedle(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && offered[0]) setColumn(offered[0]);
              }}
            />
            <ul className={classes.list}>
              {offered.map((candidate) => (
                <li key={candidate.name}>
                  <UnstyledButton className={classes.option} onClick={() => setColumn(candidate)}>
                    {candidate.label}
                  </UnstyledButton>
                </li>
              ))}
            </ul>
          </div>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
