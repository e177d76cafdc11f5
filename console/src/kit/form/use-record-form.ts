import { useState } from 'react';
import { isApiError, type ApiError } from '@/api/problem.ts';
import { createRecord, updateRecord } from '@/api/records.ts';
import type { AnyRow, RecordName } from '@/api/types.ts';
import { useFormState, type Values } from './context.ts';
import { limitsOf, type Limits } from './limit.ts';

interface RecordFormOptions {
  list: RecordName;
  /** The record that is changed; without one a record is created. */
  record?: AnyRow;
  /** Values of a new record that the page knows already. */
  initial?: Values;
  /** Checks that need two fields; the server checks everything else. */
  validate?: (values: Values) => Record<string, string>;
  /** Awaited: until it is done the form counts as being saved, and nobody asks about leaving it. */
  onSaved: (row: AnyRow) => void | Promise<void>;
}

/** Fills a form from a record (or blank), saves what differs, and sorts the errors to their fields. */
export function useRecordForm(options: RecordFormOptions) {
  const { list, record, validate, onSaved } = options;
  const limits = limitsOf(list, !record);
  const [base, setBase] = useState<Values>(() => startValues(limits, record, options.initial));
  const [version, setVersion] = useState(Number(record?.version));
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [conflict, setConflict] = useState<AnyRow | null>(null);
  const [saving, setSaving] = useState(false);
  const [reason, setReason] = useState('');
  const form = useFormState({ initialValues: base });
  const patch = differing(form.values, base);
  const dirty = Object.keys(patch).length > 0;

  const send = async (values: Values, against: number) => {
    setSaving(true);
    setProblem(null);
    form.clearErrors();
    try {
      const saved = record
        ? await updateRecord(
            list,
            record.id,
            against,
            sendable(differing(values, base), limits),
            reason,
          )
        : await createRecord(list, sendable(values, limits));
      await onSaved(saved);
    } catch (error) {
      if (!isApiError(error)) throw error;
      if (error.status === 412 && error.problem.current) {
        setConflict(error.problem.current as AnyRow);
      } else {
        form.setErrors(fieldErrors(error));
        setProblem(error);
      }
    } finally {
      setSaving(false);
    }
  };

  return {
    form,
    limits,
    base,
    patch,
    dirty,
    saving,
    problem,
    conflict,
    isNew: !record,
    reason,
    setReason,
    save: async () => {
      const errors = validate?.(form.values) ?? {};
      form.setErrors(errors);
      if (Object.keys(errors).length === 0) await send(form.values, version);
    },
    /** After two edits met: the chosen values, on top of what the other one saved. */
    resolve: async (chosen: Values) => {
      const current = startValues(limits, conflict!);
      setBase(current);
      setVersion(Number(conflict!.version));
      setConflict(null);
      const values = { ...current, ...chosen };
      form.setValues(values);
      if (Object.keys(differing(values, current)).length === 0)
        return void (await onSaved(conflict!));
      setSaving(true);
      try {
        await onSaved(
          await updateRecord(
            list,
            record!.id,
            Number(conflict!.version),
            differing(values, current),
            reason,
          ),
        );
      } catch (error) {
        if (isApiError(error)) setProblem(error);
        else throw error;
      } finally {
        setSaving(false);
      }
    },
    dropConflict: () => setConflict(null),
  };
}

export type RecordForm = ReturnType<typeof useRecordForm>;

/** Only the fields that can be written; a new record starts with the document's defaults. */
function startValues(limits: Limits, record?: AnyRow, initial: Values = {}): Values {
  const fields = Object.entries(limits);
  return Object.fromEntries(
    fields.map(([name, limit]) => {
      const given = record ? record[name] : (initial[name] ?? limit.initial);
      return [name, given ?? null];
    }),
  );
}

/** An emptied field is no value; a blank one of a new record is left to the server. */
function sendable(values: Values, limits: Limits): Values {
  const cleaned = Object.entries(values).flatMap(([name, value]) => {
    if (value === '' && limits[name]?.nullable) return [[name, null]];
    return value === null && !limits[name]?.nullable ? [] : [[name, value]];
  });
  return Object.fromEntries(cleaned) as Values;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a ?? '') === JSON.stringify(b ?? '');

function differing(values: Values, base: Values): Values {
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => !same(value, base[name])),
  );
}

/**
 * `/domains/0` belongs to the field `domains`, `/local_admin/user` to `local_admin.user`; the first
 * message of a field wins.
 */
export function fieldErrors(error: ApiError): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const { pointer, message } of error.problem.errors ?? []) {
    const [name, part, below] = pointer.split('/').slice(1);
    // An entry of a list is told at the list, a field of an entry at that field.
    const isEntry = part !== undefined && /^\d+$/.test(part) && !below;
    const field = isEntry ? name : [name, part, below].filter(Boolean).join('.');
    if (field) errors[field] ??= message;
  }
  return errors;
}
