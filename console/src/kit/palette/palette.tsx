import '@mantine/spotlight/styles.layer.css';
import {
  Spotlight,
  type SpotlightActionData,
  type SpotlightActionGroupData,
} from '@mantine/spotlight';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { IconFile, IconSearch } from '@tabler/icons-react';
import { useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { read } from '@/api/client.ts';
import { useShows } from '@/api/session.ts';
import { actions, navigation } from '@/navigation.ts';
import { t, tMaybe } from '@/text/t.ts';
import { recordLink } from '../record/links.ts';
import { Status } from '../status.tsx';
import classes from './palette.module.css';
import { createSpotlight } from '@mantine/spotlight';

const [store, spotlight] = createSpotlight();

/** Go to anything by name or id; run what can be run. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text.trim(), 120);
  const { data: hits = [], isFetching } = useQuery({
    queryKey: ['search', q],
    queryFn: ({ signal }) => read('/search', { query: { q }, signal }),
    enabled: q.length > 0,
    placeholderData: (previous) => (q ? previous : undefined),
  });
  const own = useOwnActions(text);
  useEffect(() => spotlight.open(), []);
  const router = useRouter();
  const found: SpotlightActionGroupData = {
    group: t('palette.results'),
    actions: (q ? hits : []).map(({ type, id, title, subtitle, badge }) => ({
      id,
      label: title,
      description: [tMaybe(`type.${type}`, type), subtitle].filter(Boolean).join(' · '),
      leftSection: <IconFile size={16} stroke={1.6} />,
      rightSection: badge ? <Status value={badge} /> : undefined,
      onClick: () => {
        const link = recordLink(type, id);
        if (link) void router.navigate(link);
      },
    })),
  };
  const groups = [found, ...own].filter((group) => group.actions.length > 0);
  return (
    <Spotlight
      store={store}
      actions={groups}
      query={text}
      onQueryChange={setText}
      onSpotlightClose={onClose}
      // The server has searched; what it found is shown as it found it.
      filter={(_, all) => all}
      nothingFound={text && !isFetching ? t('palette.nothing') : t('grid.loading')}
      searchProps={{
        leftSection: <IconSearch size={18} />,
        placeholder: t('palette.placeholder'),
        'aria-label': t('palette.placeholder'),
      }}
      overlayProps={{ blur: 0, backgroundOpacity: 0.35 }}
      lockScroll={false}
      shortcut={null}
      scrollable
      maxHeight="60dvh"
      radius="md"
      classNames={{ actionsGroup: classes.group }}
    />
  );
}

/** Pages and actions whose name has the words. */
function useOwnActions(text: string): SpotlightActionGroupData[] {
  const router = useRouter();
  const shows = useShows();
  const matches = (label: string) => label.toLowerCase().includes(text.trim().toLowerCase());
  const entries = (items: typeof actions): SpotlightActionData[] =>
    items
      .filter((entry) => shows(entry) && matches(t(entry.label)))
      .map(({ label, icon: Icon, link }) => ({
        id: label,
        label: t(label),
        leftSection: <Icon size={16} stroke={1.6} />,
        onClick: () => void router.navigate(link),
      }));
  const pages = navigation.flatMap(({ items }) => items);
  return [
    { group: t('palette.actions'), actions: entries(actions) },
    {
      group: t('palette.pages'),
      actions: entries(pages.map((page) => ({ ...page, link: { to: page.to, search: {} } }))),
    },
  ];
}
