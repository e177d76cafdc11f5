import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import { t } from '@/text/t.ts';
import classes from './form-drawer.module.css';

/** Where short forms live: beside the list they came from, with an address of their own. */
export function FormDrawer(props: { title: string; onClose: () => void; children: ReactNode }) {
  return (
    <Drawer
      opened
      onClose={props.onClose}
      position="right"
      size={480}
      title={props.title}
      padding={0}
      classNames={{
        header: classes.header,
        title: classes.title,
        content: classes.content,
        body: classes.body,
      }}
      closeButtonProps={{ 'aria-label': t('action.close') }}
      transitionProps={{ duration: 120 }}
    >
      {props.children}
    </Drawer>
  );
}
