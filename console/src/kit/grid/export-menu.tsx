import { Button, Menu } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { base } from '@/api/client.ts';
import { problemOf } from '@/api/problem.ts';
import type { Column, ListName } from '@/api/types.ts';
import { attempt } from '@/kit/record/lifecycle.tsx';
import { t } from '@/text/t.ts';
import classes from './grid-toolbar.module.css';
import type { GridSearch } from './use-grid-search.ts';

type Format = 'csv' | 'xlsx' | 'json' | 'ndjson';

interface ExportMenuProps {
  list: ListName;
  visible: Column[];
  search: GridSearch;
  selected: ReadonlySet<string>;
}

/** Asked first: a refusal, of too many rows, say, is told here and not saved as a file. */
async function download(href: string) {
  const asked = new AbortController();
  const answer = await fetch(href, { signal: asked.signal });
  if (!answer.ok) throw await problemOf(answer);
  asked.abort();
  const link = document.createElement('a');
  link.href = href;
  link.download = '';
  link.click();
}

/** The server streams the file: these are links, so the browser downloads without us holding it. */
export function ExportMenu({ list, visible, search, selected }: ExportMenuProps) {
  const only = selected.size > 0;
  const address = (format: Format, columns: boolean) => {
    const chosen = only ? { ids: [...selected].join(',') } : search.query;
    const query = new URLSearchParams(chosen);
    if (!query.get('sort')) query.delete('sort');
    query.set('format', format);
    if (columns) query.set('fields', visible.map(({ name }) => name).join(','));
    return `${base}/${list}/export?${query}`;
  };
  const items = [
    ['export.csv_columns', address('csv', true)],
    ['export.xlsx_columns', address('xlsx', true)],
    ['export.csv', address('csv', false)],
    ['export.xlsx', address('xlsx', false)],
    ['export.json', address('json', false)],
    ['export.ndjson', address('ndjson', false)],
  ] as const;
  const lead = only ? t('export.lead_selected', { count: selected.size }) : t('export.lead');
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="default"
          className={classes.export}
          leftSection={<IconDownload size={15} />}
        >
          {t(only ? 'export.selected' : 'export.label')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <div role="group" aria-label={lead}>
          <Menu.Label aria-hidden>{lead}</Menu.Label>
          {items.map(([label, href]) => (
            <Menu.Item
              key={label}
              component="a"
              href={href}
              download
              onClick={(event: React.MouseEvent) => {
                event.preventDefault();
                attempt(() => download(href));
              }}
            >
              {t(label)}
            </Menu.Item>
          ))}
        </div>
      </Menu.Dropdown>
    </Menu>
  );
}
