import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { t } from '@/text/t.ts';
import { Message } from '../feedback/message.tsx';
import classes from './data-grid.module.css';

interface GridEmptyProps {
  narrowed: boolean;
  onClear: () => void;
  empty?: { title: string; lead?: string; action?: ReactNode };
}

/** Nothing there, or nothing that matches: different news, different next steps. */
export function GridEmpty({ narrowed, onClear, empty }: GridEmptyProps) {
  return (
    <div className={classes.empty}>
      {narrowed ? (
        <Message
          kind="nothing"
          title={t('grid.nothing')}
          lead={t('grid.nothing_lead')}
          action={
            <Button variant="default" onClick={onClear}>
              {t('grid.clear_filters')}
            </Button>
          }
        />
      ) : (
        <Message kind="empty" {...(empty ?? { title: t('grid.empty') })} />
      )}
    </div>
  );
}
