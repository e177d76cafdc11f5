import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { Page } from '@/kit/page/page.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { AddButton } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';
import { ImportButton } from '../imports/import-button.tsx';
import { ContactDialog, useContactCommands } from './contact-dialog.tsx';

export function ContactsPage() {
  const commands = useContactCommands();
  const add = <AddButton name="contact" label={t('contacts.add')} permission="contacts:create" />;
  return (
    <Page
      title={t('nav.contacts')}
      help="people"
      fill
      actions={
        <>
          <ImportButton object="contacts" />
          {add}
        </>
      }
    >
      <DataGrid
        list="contacts"
        label={t('nav.contacts')}
        nameColumn="display_name"
        link={({ id }) => recordLink('contacts', id)!}
        commands={commands}
        empty={{ title: t('contacts.empty'), lead: t('contacts.empty_lead'), action: add }}
      />
      <ContactDialog />
    </Page>
  );
}
