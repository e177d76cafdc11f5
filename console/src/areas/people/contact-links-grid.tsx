import { Button } from '@mantine/core';
import { IconLinkOff, IconPencil, IconPlus } from '@tabler/icons-react';
import { call } from '@/api/client.ts';
import { changed } from '@/api/records.ts';
import { useCan } from '@/api/session.ts';
import type { Row } from '@/api/types.ts';
import { useDialog } from '@/kit/dialog.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { attempt } from '@/kit/record/lifecycle.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { t } from '@/text/t.ts';
import { roleLabel } from './contact-roles.ts';
import { LinkDialog, saveLink } from './link-dialog.tsx';

type ContactLink = Row<'contact_links'>;

/** The people of one customer and what they are to it. */
export function ContactLinksGrid({ customerId }: { customerId: string }) {
  const can = useCan();
  const dialog = useDialog();
  const may = can('contacts:update');
  const add = may && (
    <Button leftSection={<IconPlus size={16} />} onClick={() => dialog.open('link.add')}>
      {t('contacts.link')}
    </Button>
  );
  return (
    <>
      <DataGrid
        list="contact_links"
        label={t('nav.contacts')}
        fixed={{ customer_id: customerId }}
        hide={['customer_name']}
        nameColumn="contact_name"
        link={({ contact_id }) => recordLink('contacts', contact_id)!}
        cells={{ roles: ({ roles }) => roles.map(roleLabel).join(', ') }}
        commands={
          may
            ? (row) => [
                {
                  label: t('contacts.roles'),
                  icon: IconPencil,
                  run: () => dialog.open('link.edit', row.contact_id),
                },
                {
                  label: t('contacts.unlink'),
                  icon: IconLinkOff,
                  danger: true,
                  run: () => attempt(() => unlink(row)),
                },
              ]
            : undefined
        }
        empty={{ title: t('contacts.none_here'), lead: t('contacts.none_here_lead'), action: add }}
        actions={add}
      />
      <LinkDialog customerId={customerId} />
    </>
  );
}

async function unlink({ customer_id, contact_id, contact_name, roles }: ContactLink) {
  await call('DELETE', '/customers/{id}/contacts/{contact_id}', {
    path: { id: customer_id, contact_id },
  });
  await changed();
  toast(t('contacts.unlinked', { name: contact_name }), () =>
    saveLink(customer_id, contact_id, roles),
  );
}
