import { PasswordInput, Switch, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { read } from '@/api/client.ts';
import { fieldLabel, useFormValues, type Values } from '@/kit/form/context.ts';
import { RecordPicker } from '@/kit/form/fields.tsx';
import { FieldRow } from '@/kit/form/form-shell.tsx';
import type { Section } from '@/kit/form/sectioned-form.tsx';
import { t } from '@/text/t.ts';
import { PermissionMatrix } from '../people/permission-matrix.tsx';

interface LocalAdmin {
  user: string;
  password: string;
  password_repeat: string;
  role_id: string | null;
}

const none: LocalAdmin = { user: '', password: '', password_repeat: '', role_id: null };

/** The customer's own admin (CUS-03): off, nothing of it is sent. */
export const localAdminSection = (): Section => ({
  id: 'local_admin',
  title: t('customers.section.local_admin'),
  lead: t('customers.section.local_admin_lead'),
  fields: Object.keys(none).map((name) => `local_admin.${name}`),
  content: <LocalAdminFields />,
});

/** Checked before anything is sent: what the server would refuse. */
export function checkLocalAdmin({ local_admin }: Values): Record<string, string> {
  const admin = local_admin as LocalAdmin | null | undefined;
  const errors: Record<string, string> = {};
  if (!admin) return errors;
  if (!admin.role_id) errors['local_admin.role_id'] = t('customers.local_admin_first');
  if (admin.password !== admin.password_repeat) {
    errors['local_admin.password_repeat'] = t('password.differs');
  }
  return errors;
}

function LocalAdminFields() {
  const form = useFormValues();
  const admin = form.values.local_admin as LocalAdmin | null | undefined;
  const put = (change: Partial<LocalAdmin>) => {
    form.setFieldValue('local_admin', { ...none, ...admin, ...change });
    for (const name of Object.keys(change)) form.clearFieldError(`local_admin.${name}`);
  };
  const field = (name: keyof LocalAdmin) => ({
    label: fieldLabel(`local_admin.${name}`),
    error: form.errors[`local_admin.${name}`],
    'data-field': `local_admin.${name}`,
  });
  return (
    <>
      <Switch
        label={t('customers.local_admin')}
        checked={Boolean(admin)}
        onChange={(event) =>
          form.setFieldValue('local_admin', event.currentTarget.checked ? none : null)
        }
      />
      {admin && (
        <>
          <LogIn admin={admin} field={field('user')} put={put} />
          <FieldRow>
            <PasswordInput
              {...field('password')}
              withAsterisk
              description={t('users.password_hint')}
              autoComplete="new-password"
              maxLength={128}
              value={admin.password}
              onChange={(event) => put({ password: event.currentTarget.value })}
            />
            <PasswordInput
              {...field('password_repeat')}
              withAsterisk
              description={t('users.twice')}
              autoComplete="new-password"
              maxLength={128}
              value={admin.password_repeat}
              onChange={(event) => put({ password_repeat: event.currentTarget.value })}
            />
          </FieldRow>
        </>
      )}
    </>
  );
}

interface LogInProps {
  admin: LocalAdmin;
  field: { label: string; error: React.ReactNode; 'data-field': string };
  put: (change: Partial<LocalAdmin>) => void;
}

/** The log-in and the role, as they will be: the server says, from what is typed so far. */
function LogIn({ admin, field, put }: LogInProps) {
  const { values, errors } = useFormValues();
  const text = (name: string) => String(values[name] ?? '').trim();
  const [asked] = useDebouncedValue(
    {
      name: text('name'),
      customer_id: text('customer_id'),
      domains: ((values.domains ?? []) as string[]).join(','),
      provider_id: text('provider_id'),
      reseller_id: text('reseller_id'),
      user: admin.user.trim(),
      role_id: admin.role_id ?? '',
    },
    250,
  );
  const { data } = useQuery({
    queryKey: ['customers', 'local_admin', asked],
    queryFn: ({ signal }) => read('/customers/local_admin', { query: asked, signal }),
    placeholderData: keepPreviousData,
  });
  const domain = data?.domain ? `@${data.domain}` : '';
  return (
    <>
      <TextInput
        {...field}
        error={field.error ?? data?.refused}
        description={
          domain
            ? t('customers.local_admin_log_in', { email: `${data!.user}${domain}` })
            : t('customers.local_admin_user')
        }
        placeholder={data?.user}
        maxLength={64}
        rightSection={domain && <span className="dim">{domain}</span>}
        rightSectionWidth={domain.length * 8 + 12}
        rightSectionPointerEvents="none"
        value={admin.user}
        onChange={(event) => put({ user: event.currentTarget.value })}
      />
      <FieldRow>
        <RecordPicker
          list="roles"
          filter={templates}
          label={fieldLabel('local_admin.role_id')}
          error={errors['local_admin.role_id']}
          withAsterisk
          value={admin.role_id}
          onChange={(id) => put({ role_id: id })}
        />
        <TextInput
          label={t('customers.local_admin_role')}
          readOnly
          value={data?.role_name ?? ''}
          placeholder={t('customers.local_admin_first')}
        />
      </FieldRow>
      {data && data.permissions.length > 0 && (
        <>
          <p className="dim">{t('customers.local_admin_role_hint')}</p>
          <PermissionMatrix label={data.role_name} value={data.permissions} />
        </>
      )}
    </>
  );
}

/** The roles of providers and resellers; those of customers are no templates here. */
const templates = { 'node_type.in': 'platform,provider,reseller' };
