import { FocusTrap, Popover, type PopoverProps } from '@mantine/core';
import { useRef, useState, type ReactElement, type ReactNode } from 'react';

interface TargetProps {
  ref: React.Ref<HTMLButtonElement>;
  'aria-haspopup': 'dialog';
  'aria-expanded': boolean;
  onClick: () => void;
}

interface DialogPopoverProps {
  label: string;
  position?: PopoverProps['position'];
  target: (props: TargetProps) => ReactElement;
  /** Built only while it is open: a grid has many of these. */
  children: (close: () => void) => ReactNode;
}

/** A small window at a button: takes the focus, gives it back. */
export function DialogPopover({ label, position, target, children }: DialogPopoverProps) {
  const [opened, setOpened] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpened(false);
    button.current?.focus();
  };
  const element = target({
    ref: button,
    'aria-haspopup': 'dialog',
    'aria-expanded': opened,
    onClick: () => setOpened((now) => !now),
  });
  if (!opened) return element;
  return (
    <Popover
      opened
      onChange={setOpened}
      onClose={close}
      position={position ?? 'bottom-start'}
      withRoles={false}
    >
      <Popover.Target>{element}</Popover.Target>
      <Popover.Dropdown p="sm" role="dialog" aria-label={label}>
        {children(close)}
      </Popover.Dropdown>
    </Popover>
  );
}

/** Around what a popover shows, once it is there: it may be loaded late. */
export const PopoverContent = ({ children }: { children: ReactElement }) => (
  <FocusTrap>{children}</FocusTrap>
);
