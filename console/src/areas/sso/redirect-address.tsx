import { ActionIcon, CopyButton, Input } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { t } from '@/text/t.ts';
import classes from './sso.module.css';

/** What is entered at the identity provider. */
export const RedirectAddress = ({ address }: { address: string }) => (
  <Input.Wrapper component="div" labelElement="div" label={t('sso.redirect')}>
    <div className={classes.address}>
      <code className="mono">{address}</code>
      <CopyButton value={address}>
        {({ copied, copy }) => (
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t(copied ? 'sso.copied' : 'sso.copy')}
            onClick={copy}
          >
            {copied ? <IconCheck size={15} /> : <IconCopy size={15} />}
          </ActionIcon>
        )}
      </CopyButton>
    </div>
    <p className={classes.hint}>{t('sso.redirect_hint')}</p>
  </Input.Wrapper>
);
