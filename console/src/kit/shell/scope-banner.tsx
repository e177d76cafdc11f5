import { UnstyledButton } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { t } from '@/text/t.ts';
import { useScope } from './scope.ts';
import classes from './scope-banner.module.css';

/** Says in words that the lists are narrowed: nobody should wonder where the other customers went. */
export function ScopeBanner() {
  const { node, narrow } = useScope();
  if (!node) return null;
  return (
    <div className={classes.root} role="status">
      <IconFilter size={15} aria-hidden />
      <span>{t('scope.banner', { name: node.name })}</span>
      <UnstyledButton className={classes.clear} onClick={() => void narrow(null)}>
        {t('scope.everything')}
      </UnstyledButton>
    </div>
  );
}
