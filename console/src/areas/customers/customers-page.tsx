import { Page } from '@/kit/page/page.tsx';
import { Message } from '@/kit/feedback/message.tsx';
import { t } from '@/text/t.ts';

export function CustomersPage() {
  return (
    <Page title={t('customers.title')} fill>
      <Message kind="empty" title={t('customers.title')} />
    </Page>
  );
}
