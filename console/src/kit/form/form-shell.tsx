import { Button, Skeleton, Stack } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';
import { t } from '@/text/t.ts';
import { ErrorPage } from '../page/error-page.tsx';
import { ConflictDialog } from './conflict-dialog.tsx';
import { fieldLabel, FormLimits, FormValues } from './context.ts';
import classes from './form-shell.module.css';
import { ReasonField } from './reason-field.tsx';
import { useLeaveGuard } from './use-leave-guard.ts';
import { fieldErrors, type RecordForm } from './use-record-form.ts';

interface FormShellProps {
  form: RecordForm;
  verb?: string;
  onCancel: () => void;
  /** A third way out, on the left of the buttons. */
  extra?: ReactNode;
  children: ReactNode;
}

/** Around every form: the summary of what is wrong, the buttons, the guard against losing work. */
export function FormShell({ form, verb, onCancel, extra, children }: FormShellProps) {
  useLeaveGuard(form);
  return (
    <FormValues form={form.form}>
      <FormLimits value={form.limits}>
        <form
          className={classes.root}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void form.save();
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void form.save();
          }}
        >
          <div className={classes.fields}>
            <Summary form={form} />
            {children}
          </div>
          <div className={classes.buttons}>
            {extra && <div className={classes.extra}>{extra}</div>}
            {!form.isNew && (
              <ReasonField
                className={classes.reason}
                value={form.reason}
                onChange={form.setReason}
              />
            )}
            <Button variant="default" onClick={onCancel}>
              {t('action.cancel')}
            </Button>
            <Button
              type="submit"
              loading={form.saving}
              disabled={!form.isNew && !form.dirty}
              title={!form.isNew && !form.dirty ? t('form.unchanged') : undefined}
            >
              {verb ?? t('action.save')}
            </Button>
          </div>
        </form>
        {form.conflict && <ConflictDialog form={form} />}
      </FormLimits>
    </FormValues>
  );
}

/** On top, where it is seen; each line leads to its field. */
function Summary({ form: { problem } }: { form: RecordForm }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (problem) box.current?.focus();
  }, [problem]);
  if (!problem) return null;
  const errors = Object.entries(fieldErrors(problem));
  return (
    <div className={classes.summary} role="alert" tabIndex={-1} ref={box}>
      <strong>{problem.unreachable ? t('error.offline.title') : problem.message}</strong>
      {errors.length > 0 && (
        <ul>
          {errors.map(([name, message]) => (
            <li key={name}>
              <button type="button" onClick={() => focusField(name)}>
                {fieldLabel(name)}
              </button>
              : {message}
            </li>
          ))}
        </ul>
      )}
      {problem.requestId && (
        <span className={classes.request}>
          {t('error.request')} <code className="mono">{problem.requestId}</code>
        </span>
      )}
    </div>
  );
}

function focusField(name: string) {
  const find = (it: string, within: ParentNode = document) =>
    within.querySelector<HTMLElement>(`[data-field="${CSS.escape(it)}"]`);
  const [entry, last] = name.split(/\.(?=[^.]+$)/) as [string, string?];
  const field = find(name) ?? (last ? find(last, find(entry) ?? document) : null) ?? find(entry);
  const input = field?.matches('input, textarea')
    ? field
    : field?.querySelector<HTMLElement>('input, textarea');
  (input ?? field)?.focus();
}

interface FormLoaderProps<T> {
  loading: boolean;
  error: unknown;
  record: T | undefined;
  children: (record: T) => ReactNode;
}

/** A form starts from what is stored, so it waits for it. */
export function FormLoader<T>({ loading, error, record, children }: FormLoaderProps<T>) {
  if (record !== undefined) return children(record);
  if (loading) {
    return (
      <Stack gap={16} p={20} aria-busy>
        {[1, 2, 3, 4, 5].map((line) => (
          <Skeleton key={line} height={30} />
        ))}
      </Stack>
    );
  }
  return <ErrorPage error={error} />;
}

export function FormSection(props: {
  id?: string;
  title: string;
  lead?: string;
  children: ReactNode;
}) {
  return (
    <section className={classes.section} id={props.id} aria-label={props.title}>
      <h2 className={classes.heading}>{props.title}</h2>
      {props.lead && <p className={classes.lead}>{props.lead}</p>}
      <div className={classes.grid}>{props.children}</div>
    </section>
  );
}

/** Fields side by side where there is room. */
export const FieldRow = ({ children }: { children: ReactNode }) => (
  <div className={classes.row}>{children}</div>
);

/** A form that is a page stands on a surface, as in a drawer. */
export const FormCard = ({ children }: { children: ReactNode }) => (
  <div className={classes.card}>{children}</div>
);
