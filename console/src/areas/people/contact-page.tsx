import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { firstRowsQuery } from '@/api/records.ts';
import { useOwnCustomer, useSession } from '@/api/session.ts';
import type { RecordOf } from '@/api/types.ts';
import { recordLink } from '@/kit/record/links.ts';
import { Facts, Panel, Panels } from '@/kit/record/panel.tsx';
import { RecordPage } from '@/kit/record/record-page.tsx';
import { Instant, languageName } from '@/kit/value.tsx';
import { t } from '@/text/t.ts';
import { Activity } from '../audit/activity.tsx';
import { historyGroup } from '../audit/history-group.tsx';
import { ContactDialog, useContactCommands } from './contact-dialog.tsx';
import { roleLabel } from './contact-roles.ts';

type Contact = RecordOf<'contacts'>;

export function ContactPage() {
  const { id, tab } = useParams({ strict: false });
  const navigate = useNavigate();
  const commands = useContactCommands(() => navigate({ to: '/contacts', search: {} }));
  const label = t('record.overview');
  return (
    <>
      <RecordPage
        list="contacts"
        id={id!}
        tab={tab}
        help="people"
        title={({ display_name }) => display_name}
        crumbs={() => [{ label: t('nav.contacts'), link: { to: '/contacts', search: {} } }]}
        badges={({ job_title }) => <span className="dim">{job_title}</span>}
        commands={commands}
        groups={(contact) => [
          { label, tabs: [{ name: '', label, content: () => <Overview contact={contact} /> }] },
          historyGroup(contact.id),
        ]}
      />
      <ContactDialog />
    </>
  );
}

function Overview({ contact }: { contact: Contact }) {
  const { email, phone, mobile } = contact;
  return (
    <Panels
      aside={
        <Panel title={t('record.activity')}>
          <Activity filter={{ object_id: contact.id }} here={contact.id} />
        </Panel>
      }
    >
      <Panel title={t('record.details')}>
        <Facts
          facts={[
            [t('field.email'), email && <a href={`mailto:${email}`}>{email}</a>],
            [t('field.phone'), phone && <a href={`tel:${phone}`}>{phone}</a>],
            [t('field.mobile'), mobile && <a href={`tel:${mobile}`}>{mobile}</a>],
            [t('field.language'), languageName(contact.language)],
            [t('field.time_zone'), contact.time_zone],
            [t('field.notes'), contact.notes],
            [t('field.created_at'), <Instant iso={contact.created_at} />],
          ]}
        />
      </Panel>
      <Panel title={t('contacts.customers')}>
        <CustomersOf contact={contact} />
      </Panel>
    </Panels>
  );
}

/** Whom the person serves, and as what. */
function CustomersOf({ contact }: { contact: Contact }) {
  const own = useOwnCustomer();
  const { node } = useSession();
  const { data } = useQuery(firstRowsQuery('contact_links', { contact_id: contact.id, limit: 50 }));
  const facts = (data?.items ?? []).map(
    ({ customer_id, customer_name, roles }): [string, React.ReactNode] => [
      roles.map(roleLabel).join(', ') || '–',
      <Link key={customer_id} {...recordLink('customers', customer_id)!}>
        {own ? node.name : customer_name}
      </Link>,
    ],
  );
  if (data && facts.length === 0) return <p className="dim">{t('contacts.no_customers')}</p>;
  return <Facts facts={facts} />;
}
