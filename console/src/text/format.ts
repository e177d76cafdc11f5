/** Numbers and dates in the user's language and zone; `setFormats` follows the session. */
let locale = regional('en');
let timeZone: string | undefined;

export function setFormats(language: string | null | undefined, zone: string | null | undefined) {
  locale = regional(language ?? 'en');
  timeZone = zone ?? undefined;
  formats = makeFormats();
}

/** The browser knows the region ("en-IE"); the account knows only the language ("en"). */
function regional(language: string): string {
  const fallback = language === 'en' ? 'en-GB' : language;
  const offered = typeof navigator === 'undefined' ? [] : navigator.languages;
  return offered.find((name) => name.startsWith(`${language}-`)) ?? fallback;
}

let formats = makeFormats();

function makeFormats() {
  return {
    number: new Intl.NumberFormat(locale),
    date: new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone }),
    plainDate: new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }),
    instant: new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }),
    exact: new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long', timeZone }),
    relative: new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }),
  };
}

export const currentZone = () => timeZone;
export const formatNumber = (value: number) => formats.number.format(value);
export const formatInstant = (iso: string) => formats.instant.format(new Date(iso));
export const formatExact = (iso: string) => formats.exact.format(new Date(iso));
/** The day of an instant, in the user's zone. */
export const formatDay = (iso: string) => formats.date.format(new Date(iso));
/** A date without a zone (`2027-12-13`) stays the same day everywhere. */
export const formatDate = (date: string) => formats.plainDate.format(new Date(`${date}T00:00:00Z`));

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** "5 minutes ago"; from a week on, the day. */
export function formatAgo(iso: string, now = Date.now()): string {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  if (Math.abs(seconds) > 7 * 86_400) return formatDay(iso);
  for (const [unit, length] of steps) {
    if (Math.abs(seconds) >= length)
      return formats.relative.format(Math.round(seconds / length), unit);
  }
  return formats.relative.format(0, 'minute');
}

export function formatBytes(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: units[step],
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: step === 0 ? 0 : 1,
  }).format(bytes / 1000 ** step);
}
