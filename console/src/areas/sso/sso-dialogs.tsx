import { useSession } from '@/api/session.ts';
import { useDialog } from '@/kit/dialog.ts';
import { useField } from '@/kit/form/context.ts';
import { FlagField, ListField, PasswordField, RecordField, TextField } from '@/kit/form/fields.tsx';
import { FieldRow, FormSection } from '@/kit/form/form-shell.tsx';
import { RecordDialog } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';
import { useRolesAt } from '../people/roles-at.ts';
import { RedirectAddress } from './redirect-address.tsx';
import { SsoTest } from './sso-test.tsx';

/** The dialogs of single sign-on, on whatever page they are opened. */
export function SsoDialogs({ providerId }: { providerId: string }) {
  const { dialog, record, close } = useDialog();
  const { installation } = useSession();
  const roles = useRolesAt(providerId);
  if (dialog === 'sso.test' && record) return <SsoTest id={record} onClose={close} />;
  return (
    <RecordDialog
      name="sso"
      help="single_sign_on"
      list="sso_providers"
      addTitle={t('sso.add')}
      editTitle={t('sso.edit')}
      initial={{ provider_id: providerId }}
      fields={(isNew) => (
        <>
          <RedirectAddress address={`${installation.base_url}/login/sso`} />
          <TextField name="name" first description={t('sso.name_hint')} />
          <TextField name="issuer" mono placeholder="https://id.example.org" />
          <TextField name="client_id" mono />
          <SecretField isNew={isNew} />
          <FlagField name="is_enabled" description={t('sso.enabled_hint')} />
          <FormSection title={t('sso.people')}>
            <ListField name="email_domains" description={t('sso.domains_hint')} />
            <RecordField
              name="role_id"
              list="roles"
              filter={roles}
              description={t('sso.role_hint')}
            />
            <FlagField name="password_log_in" description={t('sso.password_hint')} />
          </FormSection>
          <FormSection title={t('sso.claims')}>
            <TextField name="scopes" mono />
            <FieldRow>
              <TextField name="email_claim" mono />
              <TextField name="email_verified_claim" mono />
            </FieldRow>
            <TextField name="name_claim" mono />
          </FormSection>
        </>
      )}
    />
  );
}

/** Written, never read: an empty field leaves it as it is. */
function SecretField({ isNew }: { isNew: boolean }) {
  const { value } = useField('client_secret');
  const kept = !isNew && !value;
  return (
    <PasswordField name="client_secret" description={kept ? t('sso.secret_kept') : undefined} />
  );
}
