import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { t } from '@/text/t.ts';
import { describeError } from '../feedback/toast.tsx';
import classes from './form-shell.module.css';

interface PlainFormProps {
  verb?: string;
  onCancel: () => void;
  /** Why it cannot be sent yet. */
  missing?: string;
  onSubmit: () => Promise<unknown>;
  children: ReactNode;
}

/** A form that is no record: a choice or two and a button. Looks like the others. */
export function PlainForm({ verb, onCancel, missing, onSubmit, children }: PlainFormProps) {
  const submit = useMutation({ mutationFn: onSubmit });
  return (
    <form
      className={classes.root}
      onSubmit={(event) => {
        event.preventDefault();
        if (!missing) submit.mutate();
      }}
    >
      <div className={classes.fields}>
        {submit.error && (
          <div className={classes.summary} role="alert">
            {describeError(submit.error)}
          </div>
        )}
        {children}
      </div>
      <div className={classes.buttons}>
        <Button variant="default" onClick={onCancel}>
          {t('action.cancel')}
        </Button>
        <Button
          type="submit"
          loading={submit.isPending}
          disabled={Boolean(missing)}
          title={missing}
        >
          {verb ?? t('action.save')}
        </Button>
      </div>
    </form>
  );
}
