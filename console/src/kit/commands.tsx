import { ActionIcon, Button, Menu, Tooltip } from '@mantine/core';
import { IconChevronDown, IconDots, type TablerIcon } from '@tabler/icons-react';
import { Link, type LinkProps } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { t } from '@/text/t.ts';

/** Something that can be done with a record: the same list serves its row and its page. */
export interface Command {
  label: string;
  icon: TablerIcon;
  run?: () => void;
  link?: LinkProps;
  danger?: boolean;
  /** Why it cannot be done now; a command that is merely absent raises questions. */
  disabled?: string;
}

export function CommandItems({ commands }: { commands: Command[] }) {
  const firstDanger = commands.findIndex(({ danger }) => danger);
  return commands.map((command, index) => (
    <div key={command.label}>
      {index > 0 && index === firstDanger && <Menu.Divider />}
      <CommandItem command={command} />
    </div>
  ));
}

function CommandItem({ command }: { command: Command }) {
  const { icon: Icon, label, link, danger, disabled } = command;
  const common = {
    leftSection: <Icon size={16} stroke={1.75} />,
    'data-danger': danger || undefined,
  };
  if (disabled) {
    return (
      <Tooltip label={disabled} position="left" multiline maw={260}>
        <Menu.Item {...common} aria-disabled data-disabled closeMenuOnClick={false}>
          {label}
        </Menu.Item>
      </Tooltip>
    );
  }
  if (link) {
    return (
      <Menu.Item {...common} renderRoot={(props) => <Link {...props} {...link} />}>
        {label}
      </Menu.Item>
    );
  }
  return (
    <Menu.Item {...common} onClick={command.run}>
      {label}
    </Menu.Item>
  );
}

/** The page's "Actions" button. */
export function CommandButton({ commands }: { commands: Command[] }) {
  if (commands.length === 0) return null;
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Button variant="default" rightSection={<IconChevronDown size={14} />}>
          {t('action.actions')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <CommandItems commands={commands} />
      </Menu.Dropdown>
    </Menu>
  );
}

/**
 * A row's menu. A grid has many rows: the menu itself is built when it is first opened. It stays, so
 * that what it starts can give the focus back to its button.
 */
export function RowCommands({ name, commands }: { name: string; commands: () => Command[] }) {
  const [built, setBuilt] = useState(false);
  const [opened, setOpened] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!built) return;
    // The button is another one now.
    button.current?.focus();
    setOpened(true);
  }, [built]);
  const target = (
    <ActionIcon
      ref={button}
      variant="subtle"
      color="gray"
      size={26}
      aria-label={t('grid.commands', { name })}
      aria-haspopup="menu"
      onClick={built ? undefined : () => setBuilt(true)}
    >
      <IconDots size={16} />
    </ActionIcon>
  );
  if (!built) return target;
  return (
    <Menu position="bottom-end" width={200} opened={opened} onChange={setOpened}>
      <Menu.Target>{target}</Menu.Target>
      <Menu.Dropdown>
        <CommandItems commands={commands()} />
      </Menu.Dropdown>
    </Menu>
  );
}
