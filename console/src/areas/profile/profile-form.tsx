import { Button, Select, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client.ts';
import { queryClient } from '@/api/query-client.ts';
import { changed } from '@/api/records.ts';
import { sessionQuery } from '@/api/session.ts';
import type { Profile } from '@/api/types.ts';
import { useEnum } from '@/kit/choices.ts';
import { describeError, toast } from '@/kit/feedback/toast.tsx';
import { t } from '@/text/t.ts';

export function ProfileForm({ profile }: { profile: Profile }) {
  const [name, setName] = useState(profile.display_name);
  const [language, setLanguage] = useState(profile.language);
  const [zone, setZone] = useState(profile.time_zone);
  const languages = useEnum('languages').data ?? [];
  const zones = useEnum('time_zones').data ?? [];
  const save = useMutation({
    mutationFn: () =>
      api.PATCH('/profile', {
        body: { display_name: name, language, time_zone: zone },
        headers: { 'if-match': `"${profile.version}"` },
      }),
    onSuccess: async () => {
      await queryClient.invalidateQueries(sessionQuery);
      await changed();
      toast(t('profile.saved'));
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack gap={14}>
        {save.error && <p role="alert">{describeError(save.error)}</p>}
        <TextInput label={t('field.email')} value={profile.email} readOnly />
        <TextInput
          label={t('field.display_name')}
          maxLength={255}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label={t('field.language')}
          data={languages}
          value={language}
          allowDeselect={false}
          onChange={(value) => setLanguage(value as Profile['language'])}
        />
        <Select
          label={t('field.time_zone')}
          data={zones}
          searchable
          limit={200}
          value={zone}
          allowDeselect={false}
          onChange={(value) => setZone(value ?? zone)}
        />
        <Button type="submit" loading={save.isPending}>
          {t('action.save')}
        </Button>
      </Stack>
    </form>
  );
}
