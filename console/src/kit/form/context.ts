import { createFormContext } from '@mantine/form';
import { createContext, useContext } from 'react';
import { tMaybe, type TextKey } from '@/text/t.ts';
import type { Limit, Limits } from './limit.ts';

export type Values = Record<string, unknown>;

/** A field must have a label in the catalogue, so a misspelt one does not compile. */
export type FieldName = TextKey extends infer Key
  ? Key extends `field.${infer Name}`
    ? Name
    : never
  : never;

export const [FormValues, useFormValues, useFormState] = createFormContext<Values>();

/** What the form may send, from the API document. */
const LimitsContext = createContext<Limits>({});
export const FormLimits = LimitsContext.Provider;

/** What every kind of field needs: its label, limits, value and error. */
export function useField(name: FieldName): {
  limit: Limit;
  props: { label: string; error: React.ReactNode; withAsterisk: boolean; 'data-field': string };
  value: unknown;
  set: (value: unknown) => void;
} {
  const form = useFormValues();
  const limit = useContext(LimitsContext)[name] ?? {};
  return {
    limit,
    props: {
      label: fieldLabel(name),
      error: form.errors[name],
      withAsterisk: Boolean(limit.required),
      'data-field': name,
    },
    value: form.values[name],
    set: (value) => {
      form.setFieldValue(name, value);
      form.clearFieldError(name);
    },
  };
}

/** What a field is called; `blocks.0.licences` is a field of the first entry of a list. */
export function fieldLabel(name: string): string {
  const [list, place, field] = name.split('.');
  if (list && place && field)
    return `${fieldLabel(list)} ${Number(place) + 1}, ${fieldLabel(field)}`;
  return tMaybe(`field.${name}`, name.replaceAll('_', ' '));
}
