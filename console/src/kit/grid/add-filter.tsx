import { Button, TextInput, UnstyledButton } from '@mantine/core';
import { IconArrowLeft, IconFilterPlus } from '@tabler/icons-react';
import { useState } from 'react';
import type { Column } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import { DialogPopover, PopoverContent } from '../dialog-popover.tsx';
import classes from './add-filter.module.css';
import { FilterEditor } from './filter-editor-later.tsx';
import type { GridSearch } from './use-grid-search.ts';

interface AddFilterProps {
  all: Column[];
  search: GridSearch;
}

/** Every column filters, also those that are not on the screen: choose one, then its value. */
export function AddFilter({ all, search }: AddFilterProps) {
  return (
    <DialogPopover
      label={t('filter.add')}
      target={(props) => (
        <Button {...props} variant="default" leftSection={<IconFilterPlus size={15} />}>
          {t('filter.add')}
        </Button>
      )}
    >
      {(close) => <ChooseFilter all={all} search={search} onDone={close} />}
    </DialogPopover>
  );
}

function ChooseFilter({ all, search, onDone }: AddFilterProps & { onDone: () => void }) {
  const [column, setColumn] = useState<Column | null>(null);
  const [needle, setNeedle] = useState('');
  const offered = all.filter(
    ({ filterable, label }) => filterable && label.toLowerCase().includes(needle.toLowerCase()),
  );
  if (column) {
    return (
      <>
        <UnstyledButton className={classes.back} onClick={() => setColumn(null)}>
          <IconArrowLeft size={14} aria-hidden />
          {column.label}
        </UnstyledButton>
        <FilterEditor column={column} search={search} onDone={onDone} />
      </>
    );
  }
  return (
    <PopoverContent>
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
    </PopoverContent>
  );
}
