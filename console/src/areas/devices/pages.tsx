import { Page } from '@/kit/page/page.tsx';
import { t } from '@/text/t.ts';
import { ImportButton } from '../imports/import-button.tsx';
import { AddDeviceButton, DevicesGrid } from './devices-grid.tsx';
import { AddGroupButton, GroupsGrid } from './groups-grid.tsx';

export const DevicesPage = () => (
  <Page
    title={t('nav.devices')}
    help="licences"
    fill
    actions={
      <>
        <ImportButton object="devices" />
        <AddDeviceButton />
      </>
    }
  >
    <DevicesGrid bare />
  </Page>
);

export const DeviceGroupsPage = () => (
  <Page title={t('nav.device_groups')} help="licences" fill actions={<AddGroupButton />}>
    <GroupsGrid bare />
  </Page>
);
