import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useCan } from '@/api/session.ts';
import { useDialog } from '@/kit/dialog.ts';
import { Page } from '@/kit/page/page.tsx';
import { t } from '@/text/t.ts';
import { ImportButton } from '../imports/import-button.tsx';
import { CustomerDialogs } from './customer-dialogs.tsx';
import { CustomersGrid } from './customers-grid.tsx';

export function CustomersPage() {
  const can = useCan();
  const dialog = useDialog();
  const add = can('customers:create') && (
    <Button leftSection={<IconPlus size={16} />} onClick={() => dialog.open('customer.add')}>
      {t('customers.add')}
    </Button>
  );
  return (
    <Page
      title={t('customers.title')}
      help="customers"
      fill
      actions={
        <>
          <ImportButton object="customers" />
          {add}
        </>
      }
    >
      <CustomersGrid
        empty={{ title: t('customers.empty'), lead: t('customers.empty_lead'), action: add }}
      />
      <CustomerDialogs />
    </Page>
  );
}
