import { IconArrowBackUp, IconTrash } from '@tabler/icons-react';
import { act } from '@/api/records.ts';
import { useCan } from '@/api/session.ts';
import type { Row } from '@/api/types.ts';
import { confirm } from '@/kit/feedback/confirm.tsx';
import { toast } from '@/kit/feedback/toast.tsx';
import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { Page } from '@/kit/page/page.tsx';
import { attempt } from '@/kit/record/lifecycle.tsx';
import { t } from '@/text/t.ts';

/** Deleted customers, for 30 days (LIFE-03). */
export function BinPage() {
  const can = useCan();
  return (
    <Page title={t('bin.title')} help="customers" fill>
      <DataGrid
        list="bin"
        label={t('bin.title')}
        commands={
          can('customers:delete')
            ? (row) => [
                {
                  label: t('bin.restore'),
                  icon: IconArrowBackUp,
                  run: () =>
                    attempt(async () => {
                      await act('customers', row.id, 'restore');
                      toast(t('bin.restored', { name: row.name }));
                    }),
                },
                {
                  label: t('bin.purge'),
                  icon: IconTrash,
                  danger: true,
                  run: () => void purge(row),
                },
              ]
            : undefined
        }
        empty={{ title: t('bin.empty'), lead: t('bin.empty_lead') }}
      />
    </Page>
  );
}

const purge = ({ id, name }: Row<'bin'>) =>
  confirm({
    help: 'customers',
    title: t('bin.purge_title', { name }),
    body: t('bin.purge_body'),
    verb: t('bin.purge'),
    danger: true,
    audited: true,
    act: async ({ reason }) => {
      await act('customers', id, 'purge', undefined, reason);
      toast(t('bin.purging', { name }));
    },
  });
