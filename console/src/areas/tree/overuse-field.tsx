import { Select, TextInput } from '@mantine/core';
import { useField } from '@/kit/form/context.ts';
import { FieldRow } from '@/kit/form/form-shell.tsx';
import { t } from '@/text/t.ts';

const kinds = ['allow', 'percent', 'licences', 'forbid'] as const;

/** `allow`, `percent 10`, `licences 5`, `forbid` (LIC-09). */
export function OveruseField() {
  const { props, value, set } = useField('overuse');
  const [kind = '', amount = ''] = String(value ?? '').split(' ');
  const counted = kind === 'percent' || kind === 'licences';
  return (
    <FieldRow>
      <Select
        {...props}
        data={kinds.map((it) => ({ value: it, label: t(`overuse.${it}`) }))}
        allowDeselect={false}
        value={kind || null}
        onChange={(chosen) =>
          set(chosen === 'percent' || chosen === 'licences' ? `${chosen} 10` : chosen)
        }
      />
      {counted && (
        <TextInput
          type="number"
          min={0}
          label={t(`overuse.${kind}`)}
          value={amount}
          onChange={(event) => set(`${kind} ${event.currentTarget.value}`)}
        />
      )}
    </FieldRow>
  );
}
