import { SegmentedControl, type MantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSession } from '@/api/session.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import { Page } from '@/kit/page/page.tsx';
import { Panel, Panels } from '@/kit/record/panel.tsx';
import { useColorScheme } from '@/kit/theme/use-color-scheme.ts';
import { t } from '@/text/t.ts';
import { PasswordForm } from '../session/password-form.tsx';
import { ProfileForm } from './profile-form.tsx';
import { profileQuery } from './queries.ts';
import { SecondFactor } from './second-factor.tsx';
import { Sessions } from './sessions.tsx';

export function ProfilePage() {
  const { user } = useSession();
  const { colorScheme, setColorScheme } = useColorScheme();
  const profile = useQuery(profileQuery).data;
  return (
    <Page title={t('profile.title')} help="people">
      <Panels>
        <Panel title={t('profile.you')}>{profile && <ProfileForm profile={profile} />}</Panel>
        <Panel title={t('profile.password')}>
          <PasswordForm email={user.email} onDone={() => toast(t('password.changed'))} />
        </Panel>
        <Panel title={t('factor.panel')}>
          <SecondFactor />
        </Panel>
        <Panel title={t('profile.appearance')}>
          <SegmentedControl
            aria-label={t('scheme.label')}
            data={(['auto', 'light', 'dark'] as const).map((value) => ({
              value,
              label: t(`scheme.${value}`),
            }))}
            value={colorScheme}
            onChange={(value) => setColorScheme(value as MantineColorScheme)}
          />
        </Panel>
        <Panel wide title={t('profile.sessions')}>
          <Sessions />
        </Panel>
      </Panels>
    </Page>
  );
}
