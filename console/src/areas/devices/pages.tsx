import { Page } from '@/kit/page/page.tsx';
import { t } from '@/text/t.ts';
import { AddDeviceButton, DevicesGrid } from './devices-grid.tsx';
import { AddGroupButton, GroupsGrid } from './groups-grid.tsx';

export const DevicesPage = () => (
  <Page title={t('nav.devices')} help="licences" fill actions={<AddDeviceButton />}>
    <DevicesGrid bare />
  </Page>
);

export const DeviceGroupsPage = () => (
  <Page title={t('nav.device_groups')} help="licences" fill actions={<AddGroupButton />}>
    <GroupsGrid bare />
  </Page>
);
