import { ActionIcon, Tooltip } from '@mantine/core';
import { IconHelpCircle } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { HelpPage } from '@/areas/help/pages.ts';
import { t } from '@/text/t.ts';

interface HelpLinkProps {
  page: HelpPage;
  /** In a tab of its own: what is typed in a dialog stays. */
  apart?: boolean;
}

export function HelpLink({ page, apart }: HelpLinkProps) {
  return (
    <Tooltip label={t('help.open')}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={26}
        aria-label={t('help.open')}
        renderRoot={(props) => (
          <Link
            {...props}
            to="/help/$page"
            params={{ page }}
            search={{}}
            target={apart ? '_blank' : undefined}
          />
        )}
      >
        <IconHelpCircle size={17} stroke={1.6} />
      </ActionIcon>
    </Tooltip>
  );
}
