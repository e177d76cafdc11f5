import classes from './initials.module.css';

/**
 * The first letters of the first two words, for a person (round) or an organisation. A picture, not
 * text: drawn by the style sheet, it is no part of what the control around it is called.
 */
export function Initials({ name, round }: { name: string; round?: boolean }) {
  const letters = name
    .split(/[\s@._-]+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => [...word][0]!.toUpperCase())
    .join('');
  return (
    <span
      className={classes.root}
      data-round={round || undefined}
      data-letters={letters}
      aria-hidden
    />
  );
}
