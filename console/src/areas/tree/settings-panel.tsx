import { Button, Group } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { updateRecord } from '@/api/records.ts';
import { useCan, useSession } from '@/api/session.ts';
import { useDialog } from '@/kit/dialog.ts';
import { confirm } from '@/kit/feedback/confirm.tsx';
import { toast } from '@/kit/feedback/toast.tsx';
import { fieldLabel } from '@/kit/form/context.ts';
import tables from '@/kit/plain-table.module.css';
import { recordLink } from '@/kit/record/links.ts';
import { Panel } from '@/kit/record/panel.tsx';
import { RecordDialog } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';
import { inForce, type Origin, type SettingName } from './inherited.ts';
import { settings, settingText } from './settings.tsx';

interface Node {
  id: string;
  version: number;
  archived_at?: string | null;
}

interface SettingsPanelProps {
  list: 'providers' | 'resellers' | 'customers';
  record: Node;
  title: string;
  names: SettingName[];
  /** What this level has no value of its own for. */
  fixed?: SettingName[];
}

/** What holds at a node, where it comes from, and the way to override and reset it (TREE-02). */
export function SettingsPanel({ list, record, title, names, fixed = [] }: SettingsPanelProps) {
  const can = useCan();
  const dialog = useDialog();
  const may = (name: SettingName) =>
    !fixed.includes(name) &&
    !record.archived_at &&
    can(`${list}:update`) &&
    (!settings[name].policy || can('settings:update'));
  return (
    <Panel title={title} wide>
      <table className={tables.table}>
        <thead>
          <tr>
            <th scope="col">{t('settings.setting')}</th>
            <th scope="col">{t('settings.value')}</th>
            <th scope="col">{t('settings.from')}</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => {
            const found = inForce(record, name);
            const label = fieldLabel(name);
            const own = found?.from?.id === record.id;
            const verb = t(own ? 'settings.change' : 'settings.override');
            return (
              <tr key={name}>
                <th scope="row">{label}</th>
                <td>{settingText(name, found?.value)}</td>
                <td>
                  <Group gap={6} justify="space-between">
                    <From origin={found?.from ?? null} own={own} />
                    {may(name) && (
                      <Group gap={2}>
                        <Button
                          size="compact-xs"
                          variant="subtle"
                          aria-label={`${verb}: ${label}`}
                          onClick={() => dialog.open(`setting_${name}.edit`, record.id)}
                        >
                          {verb}
                        </Button>
                        {own && (
                          <Button
                            size="compact-xs"
                            variant="subtle"
                            aria-label={`${t('settings.reset')}: ${label}`}
                            onClick={() => reset(list, record, name)}
                          >
                            {t('settings.reset')}
                          </Button>
                        )}
                      </Group>
                    )}
                  </Group>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {names.filter(may).map((name) => (
        <RecordDialog
          key={name}
          name={`setting_${name}`}
          help="tree"
          list={list}
          addTitle=""
          editTitle={t('settings.edit', { name: fieldLabel(name) })}
          fields={() => settings[name].field}
        />
      ))}
    </Panel>
  );
}

function From({ origin, own }: { origin: Origin | null; own: boolean }) {
  const { node } = useSession();
  if (own) return <span>{t('settings.own')}</span>;
  if (!origin) return <span className="dim">{t('settings.default')}</span>;
  // Who works at a reseller does not see its provider's page.
  const seen = origin.type !== 'provider' || node.type !== 'reseller';
  const link = seen && origin.id ? recordLink(origin.type, origin.id) : undefined;
  const name = origin.name ?? t('scope.provider');
  return link ? <Link {...link}>{name}</Link> : <span>{name}</span>;
}

const reset = (list: SettingsPanelProps['list'], record: Node, name: SettingName) =>
  void confirm({
    help: 'tree',
    title: t('settings.reset_title', { name: fieldLabel(name) }),
    body: t('settings.reset_body'),
    verb: t('settings.reset'),
    audited: true,
    act: async ({ reason }) => {
      await updateRecord(list, record.id, record.version, { [name]: null }, reason);
      toast(t('settings.was_reset', { name: fieldLabel(name) }));
    },
  });
