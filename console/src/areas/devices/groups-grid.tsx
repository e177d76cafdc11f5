import { Link } from '@tanstack/react-router';
import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { AddButton } from '@/kit/record/record-dialog.tsx';
import { formatNumber } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import { CustomerCell } from '../customers/customer-cell.tsx';
import { GroupDialog, useGroupCommands } from './group-dialog.tsx';

interface GroupsGridProps {
  fixed?: Record<string, string>;
  hide?: string[];
  bare?: boolean;
}

export const AddGroupButton = () => (
  <AddButton name="device_group" label={t('device_groups.add')} permission="devices:create" />
);

export function GroupsGrid({ fixed, hide, bare }: GroupsGridProps) {
  const commands = useGroupCommands();
  return (
    <>
      <DataGrid
        list="device_groups"
        label={t('nav.device_groups')}
        sort="name"
        fixed={fixed}
        hide={hide}
        link={({ id }) => recordLink('device_groups', id)!}
        commands={commands}
        cells={{
          customer_id: (row) => <CustomerCell {...row} />,
          devices_count: ({ id, devices_count: count }) => (
            <Link
              to="/devices"
              search={{ group_id: id, 'status.in': 'active,suspended' }}
              className="numbers"
            >
              {formatNumber(count)}
            </Link>
          ),
        }}
        empty={{ title: t('device_groups.empty'), action: <AddGroupButton /> }}
        actions={bare ? undefined : <AddGroupButton />}
      />
      <GroupDialog initial={fixed} />
    </>
  );
}
