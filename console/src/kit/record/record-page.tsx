import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { recordQuery } from '@/api/records.ts';
import type { HelpPage } from '@/areas/help/pages.ts';
import type { RecordName, RecordOf } from '@/api/types.ts';
import { formatNumber } from '@/text/format.ts';
import { CommandButton, type Command } from '../commands.tsx';
import { ErrorPage } from '../page/error-page.tsx';
import { Page, type Crumb } from '../page/page.tsx';
import classes from './record-page.module.css';

export interface Tab {
  /** The last part of the address; the first tab has none. */
  name: string;
  label: string;
  count?: number;
  /** A grid fills the window. */
  fill?: boolean;
  content: () => ReactNode;
}

export interface TabGroup {
  label: string;
  tabs: Tab[];
}

interface RecordPageProps<N extends RecordName> {
  list: N;
  id: string;
  tab: string | undefined;
  /** The guide's page about records of this kind. */
  help: HelpPage;
  title: (record: RecordOf<N>) => string;
  crumbs?: (record: RecordOf<N>) => Crumb[];
  badges?: (record: RecordOf<N>) => ReactNode;
  buttons?: (record: RecordOf<N>) => ReactNode;
  commands?: (record: RecordOf<N>) => Command[];
  /** Between title and tabs: what is wrong, what to know. */
  alerts?: (record: RecordOf<N>) => ReactNode;
  groups: (record: RecordOf<N>) => TabGroup[];
}

/** The page of one record: header, groups of tabs, each loaded when it is opened. */
export function RecordPage<N extends RecordName>(props: RecordPageProps<N>) {
  const { list, id, tab = '' } = props;
  const query = useQuery(recordQuery(list, id));
  const record = query.data;
  if (!record) {
    return query.error ? <ErrorPage error={query.error} /> : <RecordSkeleton />;
  }
  const groups = props.groups(record);
  const group = groups.find(({ tabs }) => tabs.some(({ name }) => name === tab)) ?? groups[0]!;
  const current = group.tabs.find(({ name }) => name === tab) ?? group.tabs[0]!;
  return (
    <Page
      title={props.title(record)}
      crumbs={props.crumbs?.(record) ?? []}
      aside={props.badges?.(record)}
      help={props.help}
      actions={
        <>
          {props.buttons?.(record)}
          {props.commands && <CommandButton commands={props.commands(record)} />}
        </>
      }
      fill={current.fill}
    >
      {props.alerts?.(record)}
      {groups.length > 1 && (
        <nav className={classes.groups} aria-label={props.title(record)}>
          {groups.map((candidate) => (
            <TabLink
              key={candidate.label}
              name={candidate.tabs[0]!.name}
              label={candidate.label}
              count={candidate.tabs.length === 1 ? candidate.tabs[0]!.count : undefined}
              active={candidate === group}
            />
          ))}
        </nav>
      )}
      {group.tabs.length > 1 && (
        <nav className={classes.tabs} aria-label={group.label}>
          {group.tabs.map((candidate) => (
            <TabLink key={candidate.name} {...candidate} active={candidate === current} />
          ))}
        </nav>
      )}
      {current.content()}
    </Page>
  );
}

interface TabLinkProps {
  name: string;
  label: string;
  count?: number;
  active: boolean;
}

function TabLink({ name, label, count, active }: TabLinkProps) {
  return (
    <Link
      to="."
      // Each tab has its own grid: its filters are not the next one's.
      search={{}}
      params={(params: object) => ({ ...params, tab: name || undefined })}
      className={classes.tab}
      aria-current={active ? 'page' : undefined}
      // Which tab is open is decided above; the router would mark each one that the address begins with.
      activeOptions={{ exact: true }}
      activeProps={{}}
    >
      {label}
      {count !== undefined && <span className={classes.count}>{formatNumber(count)}</span>}
    </Link>
  );
}

function RecordSkeleton() {
  return (
    <Page title="…">
      <Skeleton height={32} mb={16} />
      <Skeleton height={220} />
    </Page>
  );
}
