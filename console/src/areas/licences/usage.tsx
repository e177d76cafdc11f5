import { IconAlertTriangle, IconCircleCheck, IconClockExclamation } from '@tabler/icons-react';
import { Tooltip } from '@mantine/core';
import { formatNumber } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import classes from './usage.module.css';

export interface Usage {
  used: number;
  purchased: number;
}

const numbers = ({ used, purchased }: Usage) => t('licences.usage', { used, purchased });

/** Blue, amber from 90 %, red above 100 %. */
const toneOf = ({ used, purchased }: Usage) =>
  used > purchased ? 'bad' : used > 0 && used >= purchased * 0.9 ? 'warn' : 'info';

/** Used of purchased: a bar, the numbers, and in words what needs somebody. */
export function UsageBar({ wide, ...usage }: Usage & { wide?: boolean }) {
  const { used, purchased } = usage;
  const share = purchased > 0 ? Math.min(100, (used / purchased) * 100) : used > 0 ? 100 : 0;
  const tone = toneOf(usage);
  return (
    <span className={`${classes.root} ${wide ? classes.wide : ''}`} data-tone={tone}>
      <svg className={classes.bar} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden>
        <rect className={classes.track} width="100" height="6" />
        <rect className={classes.fill} width={share} height="6" />
      </svg>
      <span className="numbers">{numbers(usage)}</span>
      {tone === 'bad' && <OverFlag count={used - purchased} />}
      {tone === 'warn' && wide && (
        <span className={classes.flag} data-tone="warn">
          {used === purchased ? t('licences.left', { count: 0 }) : t('licences.full')}
        </span>
      )}
      {tone === 'info' && wide && (
        <span className="dim">{t('licences.left', { count: purchased - used })}</span>
      )}
    </span>
  );
}

export const OverFlag = ({ count }: { count: number }) => (
  <span className={classes.flag} data-tone="bad">
    <IconAlertTriangle size={14} aria-hidden />
    {t('licences.over', { count })}
  </span>
);

interface CustomerUsage {
  licences_used?: number | null;
  licences_purchased?: number | null;
  licences_excess?: number | null;
  licence_product?: string | null;
  licence_tenant?: string | null;
  pools_over?: number;
}

/** A customer's worst pool as `12 / 10`; which one it is, and how many more are over, in words. */
export function WorstUsage(row: CustomerUsage) {
  const { licences_used: used, licences_purchased: purchased, pools_over: over = 0 } = row;
  if (used === null || used === undefined || purchased === null || purchased === undefined) {
    return (
      <span className="dim" aria-label={t('licences.none')}>
        –
      </span>
    );
  }
  const excess = used - purchased;
  const pool = t('licences.worst', {
    product: row.licence_product ?? '',
    tenant: row.licence_tenant ?? t('licences.global'),
  });
  const more = over - (excess > 0 ? 1 : 0);
  const parts = [
    pool,
    t('licences.usage_label', { used, purchased }),
    excess > 0 ? t('licences.over', { count: excess }) : '',
    more > 0 ? t('licences.more_over', { count: more }) : '',
  ];
  return (
    <Tooltip label={parts.filter(Boolean).join(' · ')} multiline maw={320}>
      <span className={`${classes.flag} numbers`} data-tone={excess > 0 ? 'bad' : 'info'}>
        {excess > 0 && <IconAlertTriangle size={14} aria-hidden />}
        {numbers({ used, purchased })}
        {excess > 0 && <span>{t('licences.over_word')}</span>}
        {more > 0 && <span>{`+${formatNumber(more)}`}</span>}
      </span>
    </Tooltip>
  );
}

const badges = {
  expired: { tone: 'bad', icon: IconAlertTriangle },
  expiring: { tone: 'warn', icon: IconClockExclamation },
  good: { tone: 'good', icon: IconCircleCheck },
} as const;

/** How a customer's blocks stand, with an icon and a word (GRID-02). */
export function LicenceBadge({ status }: { status: keyof typeof badges | null | undefined }) {
  if (!status) return null;
  const { tone, icon: Icon } = badges[status];
  return (
    <span className={classes.flag} data-tone={tone}>
      <Icon size={14} aria-hidden />
      {t(`licences.${status}`)}
    </span>
  );
}
