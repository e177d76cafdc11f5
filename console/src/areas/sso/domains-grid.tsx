import { IconBan, IconCheck } from '@tabler/icons-react';
import { act } from '@/api/records.ts';
import { useCan, useSession } from '@/api/session.ts';
import type { Row } from '@/api/types.ts';
import type { Command } from '@/kit/commands.tsx';
import { confirm } from '@/kit/feedback/confirm.tsx';
import { toast } from '@/kit/feedback/toast.tsx';
import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { Page } from '@/kit/page/page.tsx';
import { t } from '@/text/t.ts';

type Domain = Row<'sso_domains'>;

/** Who says that an email domain is theirs, and what the platform says to it. */
export function DomainsPage() {
  return (
    <Page title={t('nav.sso_domains')} help="single_sign_on" fill>
      <DomainsGrid />
    </Page>
  );
}

export function DomainsGrid({ providerId }: { providerId?: string }) {
  const commands = useDomainCommands();
  return (
    <DataGrid
      list="sso_domains"
      label={t('nav.sso_domains')}
      fixed={providerId ? { provider_id: providerId } : undefined}
      hide={providerId ? ['provider_id'] : undefined}
      nameColumn="domain"
      commands={commands}
      empty={{ title: t('sso_domains.empty'), lead: t('sso_domains.empty_lead') }}
    />
  );
}

/** The platform's admins vouch for domains; nobody else does. */
function useDomainCommands() {
  const can = useCan();
  const { node } = useSession();
  const decides = node.type === 'platform' && can('settings:update');
  return ({ id, domain, state, provider_name }: Domain): Command[] => {
    if (!decides) return [];
    const values = { domain, provider: provider_name };
    return [
      {
        label: t('sso_domains.approve'),
        icon: IconCheck,
        disabled: state === 'approved' ? t('sso_domains.is_approved') : undefined,
        run: () =>
          void confirm({
            help: 'single_sign_on',
            title: t('sso_domains.approve_title', values),
            body: t('sso_domains.approve_body', values),
            verb: t('sso_domains.approve'),
            audited: true,
            act: async ({ reason }) => {
              await act('sso_domains', id, 'approve', undefined, reason);
              toast(t('sso_domains.approved', values));
            },
          }),
      },
      {
        label: t('sso_domains.refuse'),
        icon: IconBan,
        danger: true,
        disabled: state === 'refused' ? t('sso_domains.is_refused') : undefined,
        run: () =>
          void confirm({
            help: 'single_sign_on',
            title: t('sso_domains.refuse_title', values),
            body: t('sso_domains.refuse_body', values),
            verb: t('sso_domains.refuse'),
            danger: true,
            audited: true,
            act: async ({ reason }) => {
              await act('sso_domains', id, 'refuse', undefined, reason);
              toast(t('sso_domains.refused', values));
            },
          }),
      },
    ];
  };
}
