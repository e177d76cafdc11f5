import { ActionIcon, Button, NativeSelect, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import type { Feature } from '@/api/types.ts';
import { useField } from '@/kit/form/context.ts';
import { t } from '@/text/t.ts';
import classes from './features-field.module.css';

const kinds = ['text', 'number', 'flag'] as const;
type Kind = (typeof kinds)[number];

const kindOf = (value: Feature['value']): Kind =>
  typeof value === 'boolean' ? 'flag' : typeof value === 'number' ? 'number' : 'text';

const empty = { text: '', number: 0, flag: true } as const;

/** A product's features: rows of name, type and value (ENT-01). */
export function FeaturesField() {
  const { props, value, set } = useField('features');
  const features = (value ?? []) as Feature[];
  const put = (index: number, part: Partial<Feature>) =>
    set(features.map((feature, at) => (at === index ? { ...feature, ...part } : feature)));
  return (
    <div data-field="features" tabIndex={-1}>
      {features.map((feature, index) => {
        const number = index + 1;
        const kind = kindOf(feature.value);
        return (
          <div key={index} className={classes.row}>
            <TextInput
              aria-label={t('features.name', { number })}
              maxLength={100}
              value={feature.name}
              onChange={(event) => put(index, { name: event.currentTarget.value })}
            />
            <NativeSelect
              aria-label={t('features.type', { number })}
              data={kinds.map((name) => ({ value: name, label: t(`features.${name}`) }))}
              value={kind}
              onChange={(event) => put(index, { value: empty[event.currentTarget.value as Kind] })}
            />
            <FeatureValue
              label={t('features.value', { number })}
              value={feature.value}
              onChange={(next) => put(index, { value: next })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t('features.remove', { name: feature.name || String(number) })}
              onClick={() => set(features.filter((_, at) => at !== index))}
            >
              <IconX size={15} />
            </ActionIcon>
          </div>
        );
      })}
      {props.error && (
        <p role="alert" className={classes.error}>
          {props.error}
        </p>
      )}
      <Button
        variant="default"
        size="compact-sm"
        leftSection={<IconPlus size={14} />}
        onClick={() => set([...features, { name: '', value: '' }])}
      >
        {t('features.add')}
      </Button>
    </div>
  );
}

interface FeatureValueProps {
  label: string;
  value: Feature['value'];
  onChange: (value: Feature['value']) => void;
}

function FeatureValue({ label, value, onChange }: FeatureValueProps) {
  if (typeof value === 'boolean') {
    return (
      <NativeSelect
        aria-label={label}
        data={[
          { value: 'true', label: t('value.yes') },
          { value: 'false', label: t('value.no') },
        ]}
        value={String(value)}
        onChange={(event) => onChange(event.currentTarget.value === 'true')}
      />
    );
  }
  if (typeof value === 'number') {
    return (
      <TextInput
        aria-label={label}
        type="number"
        step={1}
        value={value}
        onChange={(event) => onChange(Math.trunc(event.currentTarget.valueAsNumber || 0))}
      />
    );
  }
  return (
    <TextInput
      aria-label={label}
      maxLength={255}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
