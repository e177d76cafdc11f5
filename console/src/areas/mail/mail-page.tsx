import { Button } from '@mantine/core';
import { IconMailForward, IconSend } from '@tabler/icons-react';
import { api } from '@/api/client.ts';
import { act, changed } from '@/api/records.ts';
import { useCan } from '@/api/session.ts';
import { useDialog } from '@/kit/dialog.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { Page } from '@/kit/page/page.tsx';
import { attempt } from '@/kit/record/lifecycle.tsx';
import { t } from '@/text/t.ts';
import { MailDrawer } from './mail-drawer.tsx';
import { NoServer } from './no-server.tsx';

/** What was written to whom, and what became of it. */
export function MailPage() {
  const can = useCan();
  const dialog = useDialog();
  const may = can('settings:update');
  const test = () =>
    attempt(async () => {
      const { data } = await api.POST('/mail_messages/test');
      await changed();
      dialog.open('mail.view', data!.id);
    });
  return (
    <Page
      title={t('nav.mail')}
      help="people"
      fill
      actions={
        may && (
          <Button variant="default" leftSection={<IconSend size={16} />} onClick={test}>
            {t('mail.test')}
          </Button>
        )
      }
    >
      <NoServer />
      <DataGrid
        list="mail_messages"
        label={t('mail.messages')}
        sort="-created_at"
        refreshEvery={5000}
        nameColumn="subject"
        open={({ id }) => dialog.open('mail.view', id)}
        commands={
          may
            ? ({ id, recipient }) => [
                {
                  label: t('mail.again'),
                  icon: IconMailForward,
                  run: () =>
                    attempt(async () => {
                      await act('mail_messages', id, 'send');
                      toast(t('mail.queued', { name: recipient }));
                    }),
                },
              ]
            : undefined
        }
        empty={{ title: t('mail.empty'), lead: t('mail.empty_lead') }}
      />
      {dialog.dialog === 'mail.view' && dialog.record && (
        <MailDrawer id={dialog.record} onClose={dialog.close} />
      )}
    </Page>
  );
}
