import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { recordQuery } from '@/api/records.ts';
import { useCan } from '@/api/session.ts';
import type { AnyRow, RecordOf } from '@/api/types.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import { FormCard, FormLoader, FormShell } from '@/kit/form/form-shell.tsx';
import { SectionedForm } from '@/kit/form/sectioned-form.tsx';
import { useRecordForm } from '@/kit/form/use-record-form.ts';
import { Page } from '@/kit/page/page.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { t } from '@/text/t.ts';
import { customerSections } from './customer-sections.tsx';
import { firstBlocksSection } from './first-blocks.tsx';
import { checkLocalAdmin, localAdminSection } from './local-admin.tsx';
import { useScopeDefaults } from './scope-defaults.ts';

const toList = { label: t('customers.title'), link: { to: '/customers', search: {} } } as const;

export function CustomerNewPage() {
  const { name } = useSearch({ strict: false });
  const defaults = useScopeDefaults();
  return (
    <Page title={t('customers.new')} crumbs={[toList]} help="customers" fill>
      <CustomerForm initial={{ ...defaults, name }} />
    </Page>
  );
}

export function CustomerEditPage() {
  const { id } = useParams({ strict: false });
  const { data, isPending, error } = useQuery(recordQuery('customers', id!));
  const crumbs = [
    toList,
    {
      label: data?.name ?? '…',
      link: recordLink('customers', id!),
    },
  ];
  return (
    <Page
      title={t('customers.edit_title', { name: data?.name ?? '…' })}
      crumbs={crumbs}
      help="customers"
      fill
    >
      <FormLoader loading={isPending} error={error} record={data}>
        {(record) => <CustomerForm record={record} />}
      </FormLoader>
    </Page>
  );
}

interface CustomerFormProps {
  record?: RecordOf<'customers'>;
  initial?: Record<string, unknown>;
}

function CustomerForm({ record, initial }: CustomerFormProps) {
  const navigate = useNavigate();
  const can = useCan();
  const show = (id: string) =>
    void navigate({ to: '/customers/$id/{-$tab}', params: { id }, search: {} });
  const form = useRecordForm({
    list: 'customers',
    record: record as unknown as AnyRow | undefined,
    initial,
    validate: checkLocalAdmin,
    onSaved: (row) => {
      toast(t(record ? 'toast.saved' : 'toast.created', { name: String(row.name) }));
      show(row.id);
    },
  });
  const sections = customerSections(record);
  if (!record && can('licences:create')) sections.push(firstBlocksSection());
  if (!record && can('users:create') && can('roles:create')) sections.push(localAdminSection());
  const cancel = () => (record ? show(record.id) : void navigate({ to: '/customers', search: {} }));
  return (
    <FormCard>
      <FormShell form={form} verb={record ? undefined : t('customers.add')} onCancel={cancel}>
        <SectionedForm sections={sections} />
      </FormShell>
    </FormCard>
  );
}
