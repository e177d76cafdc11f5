import { Button, CopyButton, Group } from '@mantine/core';
import { t } from '@/text/t.ts';
import classes from './enrolment.module.css';

interface RecoveryCodesProps {
  codes: string[];
  onDone: () => void;
}

/** Only their hashes are stored: this is the one moment to keep them. */
export function RecoveryCodes({ codes, onDone }: RecoveryCodesProps) {
  return (
    <div className={classes.form}>
      <p className={classes.step}>
        <strong>{t('factor.keep')}</strong> {t('factor.keep_lead')}
      </p>
      <ul className={classes.codes} aria-label={t('factor.codes')}>
        {codes.map((code) => (
          <li key={code}>
            <code className="mono">{code}</code>
          </li>
        ))}
      </ul>
      <Group justify="flex-end" gap={8}>
        <CopyButton value={codes.join('\n')}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {t(copied ? 'tokens.copied' : 'tokens.copy')}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onDone}>{t('factor.kept')}</Button>
      </Group>
    </div>
  );
}
