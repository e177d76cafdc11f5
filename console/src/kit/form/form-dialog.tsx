import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import type { HelpPage } from '@/areas/help/pages.ts';
import { t } from '@/text/t.ts';
import { HelpLink } from '../page/help-link.tsx';
import { useReturnFocus } from '../use-return-focus.ts';
import classes from './form-drawer.module.css';

interface FormDialogProps {
  title: string;
  help: HelpPage;
  size?: number;
  onClose: () => void;
  children: ReactNode;
}

/** For a question or two; longer forms live in a drawer or on a page. */
export function FormDialog({ title, help, size = 480, onClose, children }: FormDialogProps) {
  useReturnFocus();
  return (
    <Modal.Root
      opened
      onClose={onClose}
      size={size}
      yOffset="10dvh"
      transitionProps={{ duration: 120 }}
    >
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Header className={classes.header}>
          <Modal.Title className={classes.title}>{title}</Modal.Title>
          <HelpLink page={help} apart />
          <Modal.CloseButton aria-label={t('action.close')} />
        </Modal.Header>
        <Modal.Body className={classes.body}>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

/** The inside of a dialog that is no form: what it says, and the buttons. */
export const DialogBody = ({ children }: { children: ReactNode }) => (
  <div className={classes.said}>{children}</div>
);
