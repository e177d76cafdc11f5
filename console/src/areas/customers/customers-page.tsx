import { Button } from '@mantine/core';
import { IconPlus, IconUpload } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useCan } from '@/api/session.ts';
import { useDialog } from '@/kit/dialog.ts';
import { Page } from '@/kit/page/page.tsx';
import { t } from '@/text/t.ts';
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
  const bring = can('imports:create') && (
    <Button
      variant="default"
      leftSection={<IconUpload size={15} />}
      renderRoot={(props) => <Link {...props} to="/imports" search={{ dialog: 'import.add' }} />}
    >
      {t('customers.import')}
    </Button>
  );
  return (
    <Page
      title={t('customers.title')}
      help="customers"
      fill
      actions={
        <>
          {bring}
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
