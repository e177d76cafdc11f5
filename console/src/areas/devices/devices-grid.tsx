import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { AddButton } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';
import { CustomerCell } from '../customers/customer-cell.tsx';
import { useDeviceCommands } from './device-commands.tsx';
import { DeviceDialogs } from './device-dialog.tsx';

interface DevicesGridProps {
  fixed?: Record<string, string>;
  hide?: string[];
  bare?: boolean;
}

export const AddDeviceButton = () => (
  <AddButton name="device" label={t('devices.add')} permission="devices:create" />
);

export function DevicesGrid({ fixed, hide, bare }: DevicesGridProps) {
  const commands = useDeviceCommands();
  return (
    <>
      <DataGrid
        list="devices"
        label={t('nav.devices')}
        sort="identifier"
        fixed={fixed}
        hide={hide}
        nameColumn="identifier"
        link={({ id }) => recordLink('devices', id)!}
        commands={commands}
        cells={{ customer_id: (row) => <CustomerCell {...row} /> }}
        empty={{
          title: t('devices.empty'),
          lead: t('devices.empty_lead'),
          action: <AddDeviceButton />,
        }}
        actions={bare ? undefined : <AddDeviceButton />}
      />
      <DeviceDialogs initial={fixed} />
    </>
  );
}
