import { Checkbox } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { channelsQuery, choose, type NotificationPreference } from '@/api/notifications.ts';
import { toastError } from '@/kit/feedback/toast.tsx';
import table from '@/kit/plain-table.module.css';
import { t, tMaybe } from '@/text/t.ts';

/** What one wants to be told, and how. */
export function Channels() {
  const { data = [] } = useQuery(channelsQuery);
  const { mutate, variables, isPending } = useMutation({
    mutationFn: (preference: NotificationPreference) => choose(preference),
    onError: toastError,
  });
  const kindOf = (kind: string) => tMaybe(`notifications.kind.${kind}`, kind);
  return (
    <>
      <p className="dim">{t('notifications.channels_lead')}</p>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">{t('notifications.about')}</th>
            <th scope="col">{t('notifications.in_app')}</th>
            <th scope="col">{t('notifications.email')}</th>
          </tr>
        </thead>
        <tbody>
          {data.map((saved) => {
            const shown = isPending && variables.kind === saved.kind ? variables : saved;
            return (
              <tr key={saved.kind}>
                <th scope="row">{kindOf(saved.kind)}</th>
                {(['in_app', 'email'] as const).map((channel) => (
                  <td key={channel}>
                    <Checkbox
                      aria-label={`${kindOf(saved.kind)}: ${t(`notifications.${channel}`)}`}
                      checked={shown[channel]}
                      onChange={(event) =>
                        mutate({ ...shown, [channel]: event.currentTarget.checked })
                      }
                    />
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}
