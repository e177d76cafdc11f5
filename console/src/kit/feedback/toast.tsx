import { UnstyledButton } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { isApiError } from '@/api/problem.ts';
import { t } from '@/text/t.ts';
import classes from './toast.module.css';

/** Says that it is done; with `undo`, a way back instead of a dialog before. */
export function toast(message: string, undo?: () => Promise<unknown>) {
  const id = notifications.show({
    message: (
      <span className={classes.line}>
        {message}
        {undo && (
          <UnstyledButton
            className={classes.undo}
            onClick={() => {
              notifications.hide(id);
              undo().then(() => toast(t('toast.undone')), toastError);
            }}
          >
            {t('toast.undo')}
          </UnstyledButton>
        )}
      </span>
    ),
    autoClose: undo ? 10_000 : 4_000,
    withBorder: true,
    closeButtonProps: { 'aria-label': t('action.close') },
  });
}

/** What happened, what to do, and the request id to tell an administrator. */
export function toastError(error: unknown) {
  notifications.show({
    title: t('toast.failed'),
    message: (
      <>
        {describeError(error)}
        {isApiError(error) && error.requestId && (
          <span className={classes.request}>
            {t('error.request')} <code className="mono">{error.requestId}</code>
          </span>
        )}
      </>
    ),
    color: 'red',
    autoClose: 12_000,
    withBorder: true,
    role: 'alert',
    closeButtonProps: { 'aria-label': t('action.close') },
  });
}

export function describeError(error: unknown): string {
  if (!isApiError(error)) return t('error.lead');
  if (error.unreachable) return t('error.offline.title');
  const fields = error.problem.errors?.map(({ message }) => message) ?? [];
  return [error.message, ...fields].filter(Boolean).join(' ');
}
