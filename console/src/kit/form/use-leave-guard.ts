import { useBlocker } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { t } from '@/text/t.ts';
import { confirm } from '../feedback/confirm.tsx';
import type { RecordForm } from './use-record-form.ts';

/** Nobody loses what they typed by accident: leaving asks first. Answers how to ask elsewhere. */
export function useLeaveGuard(form: Pick<RecordForm, 'dirty' | 'saving'>): () => Promise<boolean> {
  const guard = useRef(false);
  useEffect(() => {
    guard.current = form.dirty && !form.saving;
  });
  const mayLeave = async () => !guard.current || (await askToLeave());
  useBlocker({
    shouldBlockFn: async () => !(await mayLeave()),
    enableBeforeUnload: () => guard.current,
  });
  return mayLeave;
}

const askToLeave = async () =>
  Boolean(
    await confirm({
      help: 'start',
      title: t('form.leave'),
      body: t('form.leave_body'),
      verb: t('form.discard'),
      safe: t('form.stay'),
      danger: true,
    }),
  );
