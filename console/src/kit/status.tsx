import { t, tMaybe } from '@/text/t.ts';
import classes from './status.module.css';

export type Tone = 'good' | 'info' | 'warn' | 'off' | 'bad';

/** One word, one tone, everywhere: what is normal is quiet, what needs somebody is warm. */
const tones: Record<string, Tone> = {
  active: 'good',
  approved: 'good',
  done: 'good',
  sent: 'good',
  accepted: 'good',
  enabled: 'good',
  created: 'good',
  customer: 'good',
  in_force: 'good',
  complete: 'good',
  ordered: 'info',
  upcoming: 'info',
  acknowledged: 'info',
  planned: 'info',
  prospect: 'info',
  invited: 'info',
  running: 'info',
  queued: 'info',
  uploaded: 'info',
  planning: 'info',
  applying: 'info',
  undoing: 'info',
  updated: 'info',
  pending: 'warn',
  waiting: 'warn',
  suspended: 'warn',
  locked: 'warn',
  stopped: 'warn',
  cleaned: 'warn',
  expiring: 'warn',
  rejected: 'bad',
  failed: 'bad',
  refused: 'bad',
  expired: 'bad',
  open: 'bad',
};

/** Dot and word in a tinted chip; never colour alone. */
export function Status({ value, label, tone }: { value: string; label?: string; tone?: Tone }) {
  return (
    <span className={classes.root} data-tone={tone ?? tones[value] ?? 'off'}>
      {label ?? tMaybe(`status.${value}`, value)}
    </span>
  );
}

export const ArchivedBadge = () => <Status value="archived" label={t('status.archived')} />;
