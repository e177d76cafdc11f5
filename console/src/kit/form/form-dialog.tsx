import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { t } from '@/text/t.ts';

/** For a question or two; longer forms live in a drawer or on a page. */
export function FormDialog(props: { title: string; onClose: () => void; children: ReactNode }) {
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={props.title}
      size={480}
      padding={0}
      yOffset="10dvh"
      styles={{
        header: { padding: '8px 12px 8px 20px' },
        title: { fontWeight: 600, fontSize: 15 },
      }}
      closeButtonProps={{ 'aria-label': t('action.close') }}
      transitionProps={{ duration: 120 }}
    >
      {props.children}
    </Modal>
  );
}
