import { Button, Group, MultiSelect, Radio, Select, Stack } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { act } from '@/api/records.ts';
import type { Import } from '@/api/types.ts';
import { describeError } from '@/kit/feedback/toast.tsx';
import { Panel } from '@/kit/record/panel.tsx';
import { t } from '@/text/t.ts';
import { MappingTable } from './mapping-table.tsx';
import { NodeSelect } from '@/kit/form/node-field.tsx';
import { importable, importColumnsQuery } from './queries.ts';
import classes from './mapping-form.module.css';

/** Which column of the file is which field; then the server says what would happen. */
export function MappingForm({ record }: { record: Import }) {
  const navigate = useNavigate();
  const columns = useQuery(importColumnsQuery(record.object)).data ?? [];
  const [mapping, setMapping] = useState<Record<string, string>>(
    () => filled(record.mapping) ?? record.suggested_mapping,
  );
  const [match, setMatch] = useState<string[]>(record.match ?? []);
  const [separator, setSeparator] = useState<string | null>(record.separator || null);
  const [goodOnly, setGoodOnly] = useState(record.good_rows_only);
  const [nodeId, setNodeId] = useState<string | null>(null);
  const plan = useMutation({
    mutationFn: () =>
      act('imports', record.id, 'plan', {
        mapping,
        match: match.filter((name) => name in mapping),
        good_rows_only: goodOnly,
        ...(separator && { separator }),
        ...(nodeId && { node_id: nodeId }),
      }),
    onSuccess: () => void navigate({ to: '.', search: {}, replace: true }),
  });
  const missing = columns.find(({ name, required }) => required && !(name in mapping));
  const object = importable(record.object);
  const reason = missing ? t('imports.required', { field: missing.label }) : undefined;
  const mapped = columns.filter(({ name }) => name in mapping);
  return (
    <form
      className={classes.root}
      onSubmit={(event) => {
        event.preventDefault();
        plan.mutate();
      }}
    >
      <Panel title={t('imports.mapping')}>
        <p className="dim">{t('imports.mapping_lead')}</p>
        <MappingTable record={record} columns={columns} mapping={mapping} onChange={setMapping} />
      </Panel>
      <Panel title={t('imports.options')}>
        <Stack gap={16}>
          <MultiSelect
            label={t('imports.match', { objects: t(`imports.object.${object}`).toLowerCase() })}
            description={t('imports.match_hint')}
            placeholder={match.length ? undefined : t(`imports.match_usual.${object}`)}
            data={mapped.map(({ name, label }) => ({ value: name, label }))}
            value={match.filter((name) => name in mapping)}
            onChange={setMatch}
            clearable
          />
          <NodeSelect
            label={t(ownNode(object) ? 'imports.node' : 'imports.node_under')}
            description={t('imports.node_hint')}
            placeholder={t(ownNode(object) ? 'imports.node_own' : 'imports.node_all')}
            value={nodeId}
            onChange={setNodeId}
          />
          <Select
            label={t('imports.separator')}
            description={t('imports.separator_hint')}
            placeholder={t('imports.separator_any')}
            data={['|', ',', ';']}
            value={separator}
            onChange={setSeparator}
            clearable
          />
          <Radio.Group
            label={t('imports.when_refused')}
            value={goodOnly ? 'good' : 'whole'}
            onChange={(value) => setGoodOnly(value === 'good')}
          >
            <Stack gap={8} mt={6}>
              <Radio size="xs" value="whole" label={t('imports.whole')} />
              <Radio size="xs" value="good" label={t('imports.good_only')} />
            </Stack>
          </Radio.Group>
        </Stack>
        {plan.error && (
          <p role="alert" className={classes.failed}>
            {describeError(plan.error)}
          </p>
        )}
        <Group justify="flex-end" mt={20}>
          <Button type="submit" loading={plan.isPending} disabled={Boolean(reason)} title={reason}>
            {t('imports.plan')}
          </Button>
        </Group>
        {reason && <p className={classes.reason}>{reason}</p>}
      </Panel>
    </form>
  );
}

/** These need a place; all others have their customer's. */
const ownNode = (object: string) => ['customers', 'contacts', 'products'].includes(object);

const filled = (mapping: Record<string, string> | null | undefined) =>
  mapping && Object.keys(mapping).length > 0 ? mapping : undefined;
