import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { api } from '@/api/client.ts';
import { FormDialog, DialogBody } from '@/kit/form/form-dialog.tsx';
import { t } from '@/text/t.ts';
import { RedirectAddress } from './redirect-address.tsx';
import classes from './sso.module.css';

/** Tries the identity provider now, and says what is wrong. */
export function SsoTest({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error } = useQuery({
    queryKey: ['sso', 'test', id],
    queryFn: async () =>
      (await api.POST('/sso_providers/{id}/test', { params: { path: { id } } })).data!,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });
  return (
    <FormDialog help="single_sign_on" title={t('sso.test')} onClose={onClose}>
      <DialogBody>
        <div role="status">
          {error ? error.message : !data ? t('sso.testing') : null}
          {data && (
            <>
              <p>{t(data.works ? 'sso.works' : 'sso.fails')}</p>
              <ul className={classes.checks}>
                {data.checks.map(({ what, works, detail }) => (
                  <li key={what} className={classes.check}>
                    {works ? (
                      <IconCircleCheck size={18} className={classes.good} aria-hidden />
                    ) : (
                      <IconCircleX size={18} className={classes.bad} aria-hidden />
                    )}
                    <span>{detail}</span>
                  </li>
                ))}
              </ul>
            </>
          )}
        </div>
        {data && <RedirectAddress address={data.redirect_address} />}
      </DialogBody>
    </FormDialog>
  );
}
