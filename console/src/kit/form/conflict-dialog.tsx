import { Button, Group, Radio } from '@mantine/core';
import { useState } from 'react';
import { t } from '@/text/t.ts';
import table from '../plain-table.module.css';
import { fieldLabel } from './context.ts';
import { DialogBody, FormDialog } from './form-dialog.tsx';
import type { RecordForm } from './use-record-form.ts';

/** Somebody saved first: both versions field by field, and the user chooses. */
export function ConflictDialog({ form }: { form: RecordForm }) {
  const { base, patch } = form;
  const current = form.conflict!;
  const mine = Object.keys(patch);
  const [kept, setKept] = useState<Record<string, 'mine' | 'theirs'>>({});
  const show = (value: unknown) =>
    (Array.isArray(value) ? value.join(', ') : String(value ?? '')) || t('value.none');
  const chosen = mine.filter((name) => (kept[name] ?? 'mine') === 'mine');
  return (
    <FormDialog help="customers" title={t('conflict.title')} size={720} onClose={form.dropConflict}>
      <DialogBody>
        <p>{t('conflict.lead')}</p>
        <div className={table.scroll}>
          <table className={table.table}>
            <thead>
              <tr>
                <th>{t('conflict.field')}</th>
                <th>{t('conflict.before')}</th>
                <th>{t('conflict.theirs')}</th>
                <th>{t('conflict.mine')}</th>
              </tr>
            </thead>
            <tbody>
              {mine.map((name) => (
                <tr key={name}>
                  <th scope="row">{fieldLabel(name)}</th>
                  <td>{show(base[name])}</td>
                  {(['theirs', 'mine'] as const).map((side) => (
                    <td key={side}>
                      <Radio
                        size="xs"
                        name={`conflict-${name}`}
                        label={show(side === 'mine' ? patch[name] : current[name])}
                        checked={(kept[name] ?? 'mine') === side}
                        onChange={() => setKept((now) => ({ ...now, [name]: side }))}
                      />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <Group justify="flex-end" gap={8} mt={16}>
          <Button variant="default" onClick={form.dropConflict}>
            {t('conflict.later')}
          </Button>
          <Button
            loading={form.saving}
            onClick={() =>
              void form.resolve(Object.fromEntries(chosen.map((name) => [name, patch[name]])))
            }
          >
            {t('conflict.save')}
          </Button>
        </Group>
      </DialogBody>
    </FormDialog>
  );
}
