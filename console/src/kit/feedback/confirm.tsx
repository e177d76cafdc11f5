import { Button, Group, Modal } from '@mantine/core';
import { useState, useSyncExternalStore, type ReactNode } from 'react';
import { t } from '@/text/t.ts';
import { toastError } from './toast.tsx';

export interface Question {
  /** Verb and count: "Delete 3 sites?" */
  title: string;
  /** What follows from it. */
  body?: ReactNode;
  /** On the button: "Delete". */
  verb: string;
  /** The way out, named after what stays: "Keep editing"; null where there is nothing to choose. */
  safe?: string | null;
  danger?: boolean;
  act?: () => Promise<unknown>;
}

interface Asked extends Question {
  answer: (yes: boolean) => void;
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

/** Asks, and answers whether it was said yes to (and done, if the question brings the deed). */
export const confirm = (question: Question): Promise<boolean> =>
  new Promise((answer) => {
    set({ ...question, answer });
  });

/** Shows the question that is open; once in the shell. */
export function ConfirmHost() {
  const question = useSyncExternalStore(subscribe, () => asked);
  const [busy, setBusy] = useState(false);
  const close = (yes: boolean) => {
    question?.answer(yes);
    set(null);
  };
  const act = async () => {
    setBusy(true);
    try {
      await question?.act?.();
      close(true);
    } catch (error) {
      toastError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      opened={question !== null}
      onClose={() => close(false)}
      title={question?.title}
      closeButtonProps={{ 'aria-label': t('action.close') }}
      centered
      size={460}
    >
      {question?.body}
      <Group justify="flex-end" gap={8} mt={20}>
        {question?.safe !== null && (
          <Button variant="default" onClick={() => close(false)} data-autofocus>
            {question?.safe ?? t('action.cancel')}
          </Button>
        )}
        <Button
          color={question?.danger ? 'red' : undefined}
          loading={busy}
          onClick={() => void act()}
        >
          {question?.verb}
        </Button>
      </Group>
    </Modal>
  );
}
