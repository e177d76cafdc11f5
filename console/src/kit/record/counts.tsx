import { Link, type LinkProps } from '@tanstack/react-router';
import { formatNumber } from '@/text/format.ts';
import classes from './counts.module.css';

export interface Count {
  label: string;
  count: number | undefined;
  /** A bound, not a count: more than this many. */
  more?: boolean;
  link: LinkProps;
}

/** Numbers that lead to what they count. */
export function Counts({ counts }: { counts: Count[] }) {
  return (
    <ul className={classes.root}>
      {counts.map(({ label, count, more, link }) => (
        <li key={label}>
          <Link {...link} className={classes.card}>
            <span className={classes.label}>{label}</span>
            <span className={classes.number}>
              {count === undefined ? '…' : formatNumber(count) + (more ? '+' : '')}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
