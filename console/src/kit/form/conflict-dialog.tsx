import { Button, Group, Modal, Radio, Table } from '@mantine/core';
import { useState } from 'react';
import { t } from '@/text/t.ts';
import { fieldLabel } from './context.ts';
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
    <Modal
      opened
      onClose={form.dropConflict}
      title={t('conflict.title')}
      size={720}
      centered
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <p>{t('conflict.lead')}</p>
      <Table.ScrollContainer minWidth={480}>
        <Table verticalSpacing={6} fz={13}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('conflict.field')}</Table.Th>
              <Table.Th>{t('conflict.before')}</Table.Th>
              <Table.Th>{t('conflict.theirs')}</Table.Th>
              <Table.Th>{t('conflict.mine')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {mine.map((name) => (
              <Table.Tr key={name}>
                <Table.Th scope="row">{fieldLabel(name)}</Table.Th>
                <Table.Td>{show(base[name])}</Table.Td>
                {(['theirs', 'mine'] as const).map((side) => (
                  <Table.Td key={side}>
                    <Radio
                      size="xs"
                      name={`conflict-${name}`}
                      label={show(side === 'mine' ? patch[name] : current[name])}
                      checked={(kept[name] ?? 'mine') === side}
                      onChange={() => setKept((now) => ({ ...now, [name]: side }))}
                    />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
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
    </Modal>
  );
}
