import { TextInput, type TextInputProps } from '@mantine/core';
import { t } from '@/text/t.ts';

interface ReasonFieldProps extends Omit<TextInputProps, 'value' | 'onChange'> {
  value: string;
  onChange: (reason: string) => void;
}

/** Why, in the user's words, for the audit log (AUD-04). Nobody has to. */
export const ReasonField = ({ onChange, ...rest }: ReasonFieldProps) => (
  <TextInput
    {...rest}
    aria-label={t('form.reason')}
    placeholder={t('form.reason_hint')}
    maxLength={500}
    autoComplete="off"
    onChange={(event) => onChange(event.currentTarget.value)}
  />
);
