import { Button, Group } from '@mantine/core';
import { useState, useSyncExternalStore, type ReactNode } from 'react';
import type { HelpPage } from '@/areas/help/pages.ts';
import { t } from '@/text/t.ts';
import { DialogBody, FormDialog } from '../form/form-dialog.tsx';
import { ReasonField } from '../form/reason-field.tsx';
import { toastError } from './toast.tsx';

export interface Question {
  help: HelpPage;
  /** Verb and count: "Delete 3 sites?" */
  title: string;
  /** What follows from it. */
  body?: ReactNode;
  /** On the button: "Delete". */
  verb: string;
  /** The way out, named after what stays: "Keep editing"; null where there is nothing to choose. */
  safe?: string | null;
  danger?: boolean;
  /** What is recorded in the audit log can be given a reason. */
  audited?: boolean;
  act?: (consent: Consent) => Promise<unknown>;
}

export interface Consent {
  reason: string;
}

interface Asked extends Question {
  answer: (consent: Consent | null) => void;
}

let asked: Asked | null = null;
const listeners = new Set<() => void>();
const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

function set(next: Asked | null) {
  asked = next;
  for (const listener of listeners) listener();
}

/** Asks, and answers the consent, if there is one (and the deed is done, if the question brings it). */
export const confirm = (question: Question): Promise<Consent | null> =>
  new Promise((answer) => {
    set({ ...question, answer });
  });

/** Shows the question that is open; once in the shell. */
export function ConfirmHost() {
  const question = useSyncExternalStore(subscribe, () => asked);
  return question && <Asking question={question} />;
}

function Asking({ question }: { question: Asked }) {
  const [busy, setBusy] = useState(false);
  const [reason, setReason] = useState('');
  const close = (consent: Consent | null) => {
    question.answer(consent);
    set(null);
  };
  const act = async () => {
    setBusy(true);
    try {
      await question.act?.({ reason });
      close({ reason });
    } catch (error) {
      toastError(error);
      setBusy(false);
    }
  };
  return (
    <FormDialog help={question.help} title={question.title} onClose={() => close(null)}>
      <DialogBody>
        {question.body}
        {question.audited && <ReasonField mt={14} value={reason} onChange={setReason} />}
        <Group justify="flex-end" gap={8} mt={20}>
          {question.safe !== null && (
            <Button variant="default" onClick={() => close(null)} data-autofocus>
              {question.safe ?? t('action.cancel')}
            </Button>
          )}
          <Button
            color={question.danger ? 'red' : undefined}
            loading={busy}
            onClick={() => void act()}
          >
            {question.verb}
          </Button>
        </Group>
      </DialogBody>
    </FormDialog>
  );
}
