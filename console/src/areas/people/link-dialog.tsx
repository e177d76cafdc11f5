import { Checkbox, SegmentedControl, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '@/api/client.ts';
import { changed, firstRowsQuery } from '@/api/records.ts';
import type { Row } from '@/api/types.ts';
import { useDialog } from '@/kit/dialog.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import { RecordPicker } from '@/kit/form/fields.tsx';
import { FormDrawer } from '@/kit/form/form-drawer.tsx';
import { FormLoader, FormShell } from '@/kit/form/form-shell.tsx';
import { useRecordForm } from '@/kit/form/use-record-form.ts';
import { t } from '@/text/t.ts';
import { ContactFields } from './contact-dialog.tsx';
import { contactRoles, roleLabel, type ContactRole } from './contact-roles.ts';
import { PlainForm } from '@/kit/form/plain-form.tsx';

export async function saveLink(customerId: string, contactId: string, chosen: ContactRole[]) {
  await call('PUT', '/customers/{id}/contacts/{contact_id}', {
    path: { id: customerId, contact_id: contactId },
    body: { roles: chosen },
  });
  await changed();
}

/** Links a person to the customer, known or new, and says what the person is to it. */
export function LinkDialog({ customerId }: { customerId: string }) {
  const { dialog, record, close } = useDialog();
  if (dialog === 'link.add') {
    return (
      <FormDrawer help="people" title={t('contacts.link')} onClose={close}>
        <AddLink customerId={customerId} onClose={close} />
      </FormDrawer>
    );
  }
  if (dialog === 'link.edit' && record) {
    return (
      <FormDrawer help="people" title={t('contacts.roles')} onClose={close}>
        <StoredLink customerId={customerId} contactId={record} onClose={close} />
      </FormDrawer>
    );
  }
  return null;
}

function AddLink({ customerId, onClose }: { customerId: string; onClose: () => void }) {
  const [kind, setKind] = useState('known');
  const [chosen, setChosen] = useState<ContactRole[]>([]);
  const head = (
    <Stack gap={14}>
      <SegmentedControl
        aria-label={t('contacts.link')}
        data={[
          { value: 'known', label: t('contacts.known') },
          { value: 'new', label: t('contacts.new') },
        ]}
        value={kind}
        onChange={setKind}
      />
      <RoleChoice chosen={chosen} onChange={setChosen} />
    </Stack>
  );
  const link = async (contactId: string, name: string) => {
    await saveLink(customerId, contactId, chosen);
    toast(t('contacts.linked', { name }));
    onClose();
  };
  return kind === 'known' ? (
    <KnownContact head={head} onLink={link} onClose={onClose} />
  ) : (
    <NewContact head={head} onLink={link} onClose={onClose} />
  );
}

interface ContactProps {
  head: React.ReactNode;
  onLink: (contactId: string, name: string) => Promise<void>;
  onClose: () => void;
}

function KnownContact({ head, onLink, onClose }: ContactProps) {
  const [contact, setContact] = useState<string | null>(null);
  const [name, setName] = useState('');
  return (
    <PlainForm
      verb={t('contacts.link')}
      onCancel={onClose}
      missing={contact ? undefined : t('contacts.choose_first')}
      onSubmit={() => onLink(contact!, name)}
    >
      {head}
      <RecordPicker
        list="contacts"
        label={t('field.contact_id')}
        value={contact}
        onChange={(id, label) => {
          setContact(id);
          setName(label);
        }}
      />
    </PlainForm>
  );
}

function NewContact({ head, onLink, onClose }: ContactProps) {
  const form = useRecordForm({
    list: 'contacts',
    onSaved: (row) => onLink(row.id, String(row.display_name)),
  });
  return (
    <FormShell form={form} verb={t('contacts.link')} onCancel={onClose}>
      {head}
      <ContactFields />
    </FormShell>
  );
}

interface StoredLinkProps {
  customerId: string;
  contactId: string;
  onClose: () => void;
}

function StoredLink({ customerId, contactId, onClose }: StoredLinkProps) {
  const { data, isPending, error } = useQuery(
    firstRowsQuery('contact_links', { customer_id: customerId, contact_id: contactId }),
  );
  return (
    <FormLoader loading={isPending} error={error} record={data?.items[0]}>
      {(link) => <EditLink link={link} onClose={onClose} />}
    </FormLoader>
  );
}

function EditLink({ link, onClose }: { link: Row<'contact_links'>; onClose: () => void }) {
  const [chosen, setChosen] = useState<ContactRole[]>(link.roles);
  return (
    <PlainForm
      onCancel={onClose}
      onSubmit={async () => {
        await saveLink(link.customer_id, link.contact_id, chosen);
        toast(t('toast.saved', { name: link.contact_name }));
        onClose();
      }}
    >
      <strong>{link.contact_name}</strong>
      <RoleChoice chosen={chosen} onChange={setChosen} />
    </PlainForm>
  );
}

function RoleChoice(props: { chosen: ContactRole[]; onChange: (roles: ContactRole[]) => void }) {
  return (
    <Checkbox.Group
      label={t('field.roles')}
      description={t('contacts.roles_hint')}
      value={props.chosen}
      onChange={(chosen) => props.onChange(chosen as ContactRole[])}
    >
      <Stack gap={8} mt={6}>
        {contactRoles.map((role) => (
          <Checkbox key={role} size="xs" value={role} label={roleLabel(role)} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
