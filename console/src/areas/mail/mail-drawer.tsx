import { useQuery } from '@tanstack/react-query';
import { recordQuery } from '@/api/records.ts';
import type { MailMessage } from '@/api/types.ts';
import { FormDrawer } from '@/kit/form/form-drawer.tsx';
import { FormLoader } from '@/kit/form/form-shell.tsx';
import { Facts } from '@/kit/record/panel.tsx';
import { Status } from '@/kit/status.tsx';
import { formatExact } from '@/text/format.ts';
import { t, tMaybe } from '@/text/t.ts';
import classes from './mail-drawer.module.css';

export function MailDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, isPending, error } = useQuery({
    ...recordQuery('mail_messages', id),
    refetchInterval: 2000,
  });
  return (
    <FormDrawer help="people" title={t('mail.message')} onClose={onClose}>
      <FormLoader loading={isPending} error={error} record={data}>
        {(message) => <Message message={message} />}
      </FormLoader>
    </FormDrawer>
  );
}

function Message({ message }: { message: MailMessage }) {
  const { errors, state } = message;
  return (
    <div className={classes.root}>
      <Facts
        facts={[
          [t('mail.to'), message.recipient],
          [t('mail.subject'), message.subject],
          [t('mail.state'), <Status value={state} />],
          [t('mail.kind'), tMaybe(`mail_kind.${message.kind}`, message.kind)],
          [t('mail.sender'), message.sender],
          [t('mail.reply_to'), message.reply_to],
          [t('mail.written'), formatExact(message.created_at)],
          [t('mail.sent'), message.sent_at && formatExact(message.sent_at)],
          [t('mail.next'), state === 'queued' ? formatExact(message.next_try_at) : null],
        ]}
      />
      {errors.length > 0 && (
        <>
          <h3 className={classes.heading}>{t('mail.errors', { count: errors.length })}</h3>
          <ul className={classes.errors}>
            {errors.map(({ at, error }) => (
              <li key={at}>
                <span className="dim">{formatExact(at)}</span>
                <br />
                {error}
              </li>
            ))}
          </ul>
        </>
      )}
      <h3 className={classes.heading}>{t('mail.text')}</h3>
      <pre className={classes.text}>{message.body_text}</pre>
    </div>
  );
}
