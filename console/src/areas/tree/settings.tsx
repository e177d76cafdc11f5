import type { ReactNode } from 'react';
import { OveruseField } from './overuse-field.tsx';
import type { SettingName } from './inherited.ts';
import { ChoiceField, EnumField, FlagField, ListField, TextField } from '@/kit/form/fields.tsx';
import { isBlank, languageName } from '@/kit/value.tsx';
import { t, tMaybe, type TextKey } from '@/text/t.ts';

interface Setting {
  field: ReactNode;
  /** Changed by those who may change settings. */
  policy?: boolean;
  /** As people read it; the value itself otherwise. */
  read?: (value: unknown) => string | null | undefined;
}

const number = (name: SettingName & NumberName, unit?: TextKey): Setting => ({
  policy: true,
  field: <TextField name={name} type="number" first />,
  read: unit && ((value) => t(unit, { count: Number(value) })),
});

type NumberName =
  | 'password_min_length'
  | 'lock_out_tries'
  | 'session_idle_minutes'
  | 'session_max_hours'
  | 'csv_download_rows'
  | 'block_term';

const yesOrNo = (value: unknown) => t(value ? 'value.yes' : 'value.no');

/** `percent 10` and its like. */
function overuse(value: unknown) {
  const [kind = '', amount = ''] = String(value).split(' ');
  return tMaybe(`overuse.${kind}_of`, kind, { amount });
}

/** The policies that every level can have of its own. */
export const terms: SettingName[] = ['overuse', 'block_term', 'expiry_warning_days'];

/** How each setting is read and changed. */
export const settings: Record<SettingName, Setting> = {
  domains: { field: <ListField name="domains" /> },
  time_zone: { field: <EnumField name="time_zone" values="time_zones" /> },
  language: {
    field: <EnumField name="language" values="languages" />,
    read: (value) => languageName(value as string),
  },
  currency: { field: <EnumField name="currency" values="currencies" /> },
  customer_names: {
    policy: true,
    field: <ChoiceField name="customer_names" description={t('providers.names_hint')} />,
    read: (value) => tMaybe(`status.${String(value)}`, String(value)),
  },
  customer_id_pattern: {
    policy: true,
    field: (
      <TextField name="customer_id_pattern" mono first description={t('providers.pattern_hint')} />
    ),
  },
  show_customer_name: {
    policy: true,
    field: <FlagField name="show_customer_name" />,
    read: yesOrNo,
  },
  provider_fields: {
    policy: true,
    field: (
      <ChoiceField
        name="provider_fields"
        several
        description={t('settings.provider_fields_hint')}
      />
    ),
    read: (value) => (value as string[]).map((field) => tMaybe(`field.${field}`, field)).join(', '),
  },
  require_second_factor: {
    policy: true,
    field: <FlagField name="require_second_factor" description={t('providers.factor_hint')} />,
    read: yesOrNo,
  },
  password_min_length: number('password_min_length', 'settings.characters'),
  lock_out_tries: number('lock_out_tries'),
  session_idle_minutes: number('session_idle_minutes', 'settings.minutes'),
  session_max_hours: number('session_max_hours', 'settings.hours'),
  csv_download_rows: number('csv_download_rows', 'settings.rows'),
  self_sign_up: { policy: true, field: <FlagField name="self_sign_up" />, read: yesOrNo },
  overuse: { policy: true, field: <OveruseField />, read: overuse },
  block_term: number('block_term', 'settings.months'),
  expiry_warning_days: {
    policy: true,
    field: <ListField name="expiry_warning_days" description={t('settings.days_hint')} />,
  },
};

/** A setting's value as people read it. */
export function settingText(name: SettingName, value: unknown): string {
  if (isBlank(value)) return t('value.none');
  return settings[name].read?.(value) ?? [value].flat().join(', ');
}
