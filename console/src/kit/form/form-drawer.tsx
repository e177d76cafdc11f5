import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import type { HelpPage } from '@/areas/help/pages.ts';
import { t } from '@/text/t.ts';
import { HelpLink } from '../page/help-link.tsx';
import { useReturnFocus } from '../use-return-focus.ts';
import classes from './form-drawer.module.css';

interface FormDrawerProps {
  title: string;
  help: HelpPage;
  onClose: () => void;
  children: ReactNode;
}

/** Where short forms live: beside the list they came from, with an address of their own. */
export function FormDrawer({ title, help, onClose, children }: FormDrawerProps) {
  useReturnFocus();
  return (
    <Drawer.Root
      opened
      onClose={onClose}
      position="right"
      size={480}
      transitionProps={{ duration: 120 }}
    >
      <Drawer.Overlay />
      <Drawer.Content classNames={{ content: classes.content }}>
        <Drawer.Header className={classes.header}>
          <Drawer.Title className={classes.title}>{title}</Drawer.Title>
          <HelpLink page={help} apart />
          <Drawer.CloseButton aria-label={t('action.close')} />
        </Drawer.Header>
        <Drawer.Body className={classes.body}>{children}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}
