import { useQueries } from '@tanstack/react-query';
import { firstRowsQuery } from '@/api/records.ts';
import { useOwnCustomer } from '@/api/session.ts';
import { Counts } from '@/kit/record/counts.tsx';
import { t } from '@/text/t.ts';

/** Days ahead in which somebody has to decide what follows a block (LIC-14). */
const ahead = 90;

const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** What of the licences needs somebody; each number leads to its list (ONB-11). */
export function LicenceCounts({ under }: { under: string | undefined }) {
  const over = { 'state.not': 'cleared' };
  // What follows a block is decided by whoever sold it.
  const own = useOwnCustomer();
  const renew = {
    ...(!own && { is_undecided: 'true' }),
    'state.not': 'expired',
    'expiration_date.lte': day(ahead),
  };
  const answers = useQueries({
    queries: [
      firstRowsQuery('overuse_cases', { under, ...over, limit: 1, count: 'capped' }),
      firstRowsQuery('licence_blocks', { under, ...renew, limit: 1, count: 'capped' }),
    ],
  });
  const counted = (index: number) => {
    const page = answers[index]?.data?.page;
    return { count: page?.count ?? undefined, more: page?.count_is_exact === false };
  };
  return (
    <Counts
      counts={[
        {
          label: t('dashboard.overuse'),
          ...counted(0),
          link: { to: '/overuse-cases', search: over },
        },
        {
          label: t('dashboard.renewals'),
          ...counted(1),
          link: { to: '/licence-blocks', search: renew },
        },
      ]}
    />
  );
}
