import { IconCheck } from '@tabler/icons-react';
import { t } from '@/text/t.ts';
import classes from './steps.module.css';

const names = ['upload', 'map', 'plan', 'apply', 'result'] as const;

function position(state: string, mapping: boolean): number {
  if (mapping || state === 'uploading' || state === 'uploaded') return 1;
  if (state === 'planning' || state === 'planned') return 2;
  if (state === 'applying') return 3;
  return 4;
}

/** Where in the five steps we are. */
export function Steps({ state, mapping }: { state: string; mapping: boolean }) {
  const current = position(state, mapping);
  return (
    <ol className={classes.root}>
      {names.map((name, index) => (
        <li
          key={name}
          aria-current={index === current ? 'step' : undefined}
          data-done={index < current || undefined}
        >
          <span className={classes.dot} aria-hidden>
            {index < current ? <IconCheck size={13} stroke={3} /> : index + 1}
          </span>
          {t(`imports.step.${name}`)}
        </li>
      ))}
    </ol>
  );
}
