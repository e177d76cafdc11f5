import type { Import } from '@/api/types.ts';
import { formatNumber } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import classes from './tally.module.css';
import type { Outcome } from './queries.ts';

/** What needs somebody comes first. */
export const outcomes: Outcome[] = ['refused', 'updated', 'created', 'cleaned', 'unchanged'];

interface TallyProps {
  counts: Import['counts'];
  chosen?: Outcome;
  onChoose?: (outcome: Outcome) => void;
}

/** How many rows come to what; a number with rows behind it shows them. */
export function Tally({ counts, chosen, onChoose }: TallyProps) {
  return (
    <ul className={classes.root}>
      {outcomes.map((outcome) => (
        <li key={outcome}>
          <button
            type="button"
            className={classes.card}
            data-outcome={outcome}
            aria-pressed={onChoose ? outcome === chosen : undefined}
            disabled={!onChoose || counts[outcome] === 0}
            onClick={() => onChoose?.(outcome)}
          >
            <span className={classes.number}>{formatNumber(counts[outcome])}</span>
            <span>{t(`imports.outcome.${outcome}`)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
