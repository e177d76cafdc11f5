import { Button, Group } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { base } from '@/api/client.ts';
import { act } from '@/api/records.ts';
import type { Import } from '@/api/types.ts';
import { confirm } from '@/kit/feedback/confirm.tsx';
import { t } from '@/text/t.ts';
import { ImportRows } from './import-rows.tsx';
import classes from './outcome.module.css';
import { importable, listOf, type Outcome as RowOutcome } from './queries.ts';
import { outcomes, Tally } from './tally.tsx';
import { Kept, UndoButton } from './undo.tsx';

/** The plan before it is applied, and what came of it afterwards: the same picture. */
export function Outcome({ record }: { record: Import }) {
  const { counts, state } = record;
  const [chosen, setChosen] = useState<RowOutcome | null>(null);
  const shown = chosen ?? outcomes.find((outcome) => counts[outcome] > 0);
  return (
    <>
      <Verdict record={record} />
      {(state === 'undone' || state === 'stopped') && <Kept record={record} />}
      <Tally counts={counts} chosen={shown} onChoose={setChosen} />
      {shown && counts[shown] > 0 && (
        <ImportRows id={record.id} object={record.object} outcome={shown} />
      )}
      {state !== 'planned' && counts.rows === 0 && <p className="dim">{t('imports.no_rows')}</p>}
    </>
  );
}

/** One sentence, and what can be done now. */
function Verdict({ record }: { record: Import }) {
  const { id, state, counts, message, good_rows_only } = record;
  const object = importable(record.object);
  const writes = counts.created + counts.updated;
  const blocked = !good_rows_only && counts.refused > 0;
  const why = blocked
    ? t('imports.blocked', { count: counts.refused })
    : writes === 0
      ? t('imports.nothing_to_do')
      : undefined;
  const apply = () =>
    confirm({
      help: 'import',
      title: t('imports.apply_title', { count: writes }),
      body: t('imports.apply_body', {
        objects: t(`imports.object.${object}`).toLowerCase(),
        created: counts.created,
        updated: counts.updated,
      }),
      verb: t('imports.apply'),
      act: () => act('imports', id, 'apply'),
    });
  return (
    <div
      className={classes.verdict}
      data-tone={state === 'failed' || state === 'stopped' ? 'bad' : undefined}
    >
      <p>
        {message ||
          (state === 'planned' ? (why ?? t('imports.ready')) : t(`imports.over.${overOf(state)}`))}
      </p>
      <Group gap={8}>
        {counts.refused > 0 && (
          <a href={`${base}/imports/${id}/refused`} download>
            {t('imports.download_refused')}
          </a>
        )}
        {state === 'planned' && (
          <>
            <Button
              variant="default"
              renderRoot={(props) => <Link {...props} to="." search={{ step: 'map' }} />}
            >
              {t('imports.change_mapping')}
            </Button>
            <Button disabled={Boolean(why)} title={why} onClick={() => void apply()}>
              {t('imports.apply')}
            </Button>
          </>
        )}
        {state !== 'planned' && state !== 'undone' && <UndoButton record={record} />}
        {state === 'done' && (
          <Button
            renderRoot={(props) => (
              <Link {...props} to={listOf[object]} search={{ sort: '-updated_at' }} />
            )}
          >
            {t('imports.show', { objects: t(`imports.object.${object}`).toLowerCase() })}
          </Button>
        )}
      </Group>
    </div>
  );
}

const known = ['done', 'stopped', 'cancelled', 'failed', 'expired', 'undone'] as const;
const overOf = (state: string) => known.find((name) => name === state) ?? 'failed';
