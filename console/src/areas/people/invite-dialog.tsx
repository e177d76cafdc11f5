import { useSession } from '@/api/session.ts';
import { EnumField, RecordField, TextField } from '@/kit/form/fields.tsx';
import { NodeField } from '@/kit/form/node-field.tsx';
import { RecordDialog } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';
import classes from './invite-dialog.module.css';

/** Asks somebody to come by email, on whatever page it is opened. */
export function InviteDialog({ nodeId }: { nodeId?: string }) {
  const { node, installation } = useSession();
  return (
    <RecordDialog
      name="invitation"
      help="people"
      list="invitations"
      addTitle={t('users.invite')}
      editTitle={t('users.invite')}
      nameOf={(row) => String(row.email)}
      initial={{ node_id: nodeId ?? node.id }}
      fields={() => (
        <>
          <p className={classes.lead}>
            {t(installation.sends_mail ? 'invitations.lead' : 'invitations.kept')}
          </p>
          <TextField name="email" type="email" first />
          <TextField name="display_name" description={t('invitations.name_hint')} />
          <NodeField name="node_id" />
          <RecordField name="role_id" list="roles" />
          <EnumField
            name="language"
            values="languages"
            description={t('invitations.language_hint')}
          />
        </>
      )}
    />
  );
}
