import { queryOptions, useQuery } from '@tanstack/react-query';
import { api } from '@/api/client.ts';
import { Page } from '@/kit/page/page.tsx';
import { Facts, Panel, Panels } from '@/kit/record/panel.tsx';
import { Instant } from '@/kit/value.tsx';
import { t } from '@/text/t.ts';

const managerQuery = queryOptions({
  queryKey: ['manager'],
  queryFn: async ({ signal }) => (await api.GET('/manager', { signal })).data!,
});

/** Who manages us: for a customer's own people, also those who may nothing else (ACC-12). */
export function ManagerPage() {
  const manager = useQuery(managerQuery).data;
  return (
    <Page title={t('nav.manager')} help="delegate">
      {manager && (
        <Panels>
          <Panel title={manager.name}>
            <p>{t(`manager.${manager.access_mode}`, { name: manager.name })}</p>
            <Facts
              facts={[
                [
                  t('field.support_email'),
                  manager.support_email && (
                    <a href={`mailto:${manager.support_email}`}>{manager.support_email}</a>
                  ),
                ],
                [t('field.support_phone'), manager.support_phone],
                [t('manager.since'), <Instant key="since" iso={manager.since} />],
              ]}
            />
          </Panel>
        </Panels>
      )}
    </Page>
  );
}
