import { useQuery } from '@tanstack/react-query';
import { Skeleton } from '@mantine/core';
import { read } from '@/api/client.ts';
import type { PoolDay } from '@/api/types.ts';
import table from '@/kit/plain-table.module.css';
import { formatDate, formatInstant, formatNumber } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import classes from './pool-history.module.css';

/** What a pool had and used over time: a chart, and the same as a table (LIC-12). */
export function PoolHistory({ id }: { id: string }) {
  const { data } = useQuery({
    queryKey: ['licence_pools', 'history', id],
    queryFn: ({ signal }) => read('/licence_pools/{id}/history', { path: { id }, signal }),
  });
  if (!data) return <Skeleton height={160} />;
  const first = data[0];
  if (!first) return null;
  return (
    <>
      {data.length === 1 ? (
        <p className="dim">
          {t('pools.history_one', { used: first.used, purchased: first.purchased })}
        </p>
      ) : (
        <Chart days={data} />
      )}
      <details className={classes.table}>
        <summary>{t('pools.history_table')}</summary>
        <DayTable days={data} />
      </details>
    </>
  );
}

const width = 600;
const height = 150;
const today = (atLeast: number) => Math.max(Date.now(), atLeast);
const time = (day: string) => new Date(`${day}T00:00:00Z`).getTime();

/** Figures hold until the next ones, so the lines are steps; the last ones hold until today. */
function Chart({ days }: { days: PoolDay[] }) {
  const start = time(days[0]!.day);
  const end = today(time(days.at(-1)!.day) + 1);
  const most = Math.max(1, ...days.flatMap(({ used, purchased }) => [used, purchased]));
  const x = (at: number) => ((at - start) / (end - start)) * width;
  const y = (count: number) => height - (count / most) * height;
  const steps = (name: 'used' | 'purchased') =>
    days.map((day, index) => `${index ? `H${x(time(day.day))}V` : 'M0,'}${y(day[name])}`).join('') +
    `H${width}`;
  const over = days.flatMap((day, index) => {
    if (day.used <= day.purchased) return [];
    const [from, to] = [x(time(day.day)), x(days[index + 1] ? time(days[index + 1]!.day) : end)];
    return [
      {
        key: day.day,
        x: from,
        width: to - from,
        y: y(day.used),
        height: y(day.purchased) - y(day.used),
      },
    ];
  });
  const last = days.at(-1)!;
  return (
    <figure>
      <ul className={classes.legend} aria-hidden>
        <Key name="used" />
        <Key name="purchased" />
      </ul>
      <svg
        className={classes.chart}
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t('pools.chart_label', {
          from: formatDate(days[0]!.day),
          to: formatDate(new Date(end).toISOString().slice(0, 10)),
          used: last.used,
          purchased: last.purchased,
          most: Math.max(...days.map(({ used }) => used)),
        })}
      >
        {over.map(({ key, ...box }) => (
          <rect key={key} className={classes.over} {...box} />
        ))}
        <path className={classes.purchased} d={steps('purchased')} />
        <path className={classes.used} d={steps('used')} />
      </svg>
      <div className={classes.axis} aria-hidden>
        <span>{formatDate(days[0]!.day)}</span>
        <span>{t('pools.most', { count: most })}</span>
        <span>{formatDate(new Date(end).toISOString().slice(0, 10))}</span>
      </div>
    </figure>
  );
}

const Key = ({ name }: { name: 'used' | 'purchased' }) => (
  <li>
    <svg width="22" height="6">
      <path className={classes[name]} d="M0,3H22" />
    </svg>
    {t(`field.${name}`)}
  </li>
);

const DayTable = ({ days }: { days: PoolDay[] }) => (
  <div className={table.scroll}>
    <table className={table.table} aria-label={t('pools.history')}>
      <thead>
        <tr>
          <th>{t('pools.day')}</th>
          <th>{t('field.used')}</th>
          <th>{t('field.purchased')}</th>
          <th>{t('pools.recorded')}</th>
        </tr>
      </thead>
      <tbody>
        {days.toReversed().map(({ day, used, purchased, recorded_at }) => (
          <tr key={day}>
            <td>{formatDate(day)}</td>
            <td className="numbers">{formatNumber(used)}</td>
            <td className="numbers">{formatNumber(purchased)}</td>
            <td>{formatInstant(recorded_at)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
