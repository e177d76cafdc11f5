import { currentZone } from './format.ts';

/** Milliseconds that the user's zone is ahead of UTC at that moment. */
function offsetAt(time: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: currentZone(),
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(time);
  const part = (type: string) => Number(parts.find((found) => found.type === type)?.value);
  const wall = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return wall - Math.floor(time / 1000) * 1000;
}

function startMillis(day: string): number {
  const utc = Date.parse(`${day}T00:00:00Z`);
  // The offset at the guess may be the one before a clock change: look again from there.
  const guess = utc - offsetAt(utc);
  return utc - offsetAt(guess);
}

const nextDay = (day: string) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);

/** The first and the last millisecond of a day (`2027-03-28`) in the user's zone. */
export const startOfDay = (day: string) => new Date(startMillis(day)).toISOString();
export const endOfDay = (day: string) => new Date(startMillis(nextDay(day)) - 1).toISOString();

/** The day, in the user's zone, that an instant falls on. */
export function dayOf(instant: string): string {
  const time = Date.parse(instant);
  return Number.isNaN(time) ? '' : new Date(time + offsetAt(time)).toISOString().slice(0, 10);
}
