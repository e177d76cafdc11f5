import { Button, Group } from '@mantine/core';
import { IconArrowMerge } from '@tabler/icons-react';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { act } from '@/api/records.ts';
import { useCan } from '@/api/session.ts';
import type { RecordOf } from '@/api/types.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { attempt } from '@/kit/record/lifecycle.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { Facts, Panel, Panels } from '@/kit/record/panel.tsx';
import { RecordPage } from '@/kit/record/record-page.tsx';
import { Status } from '@/kit/status.tsx';
import { Instant } from '@/kit/value.tsx';
import { t } from '@/text/t.ts';
import { historyGroup } from '../audit/history-group.tsx';
import { actionLabel, PermissionMatrix, resourceLabel } from './permission-matrix.tsx';
import { useRoleCommands } from './role-commands.tsx';
import { RoleDialogs } from './role-dialogs.tsx';

type Role = RecordOf<'roles'>;

export function RolePage() {
  const { id, tab } = useParams({ strict: false });
  const navigate = useNavigate();
  const commands = useRoleCommands(() => navigate({ to: '/roles', search: {} }));
  const [label, holders] = [t('record.overview'), t('roles.holders')];
  return (
    <>
      <RecordPage
        list="roles"
        id={id!}
        tab={tab}
        help="roles"
        title={({ full_name }) => full_name}
        crumbs={() => [{ label: t('nav.roles'), link: { to: '/roles', search: {} } }]}
        badges={({ built_in }) =>
          built_in && <Status value="built_in" tone="info" label={t('roles.built_in')} />
        }
        commands={commands}
        alerts={(role) => <TemplateChanged role={role} />}
        groups={(role) => [
          { label, tabs: [{ name: '', label, content: () => <Overview role={role} /> }] },
          {
            label: holders,
            tabs: [
              {
                name: 'holders',
                label: holders,
                fill: true,
                content: () => <Holders id={role.id} />,
              },
            ],
          },
          historyGroup(role.id),
        ]}
      />
      <RoleDialogs />
    </>
  );
}

function Overview({ role }: { role: Role }) {
  const { difference, template_id, template_name } = role;
  const template = template_id && template_name && recordLink('roles', template_id);
  const differs = difference && difference.added.length + difference.missing.length > 0;
  return (
    <Panels
      aside={
        <Panel title={t('record.details')}>
          <Facts
            facts={[
              [t('field.description'), role.description],
              [t('field.levels'), role.levels.map((level) => t(`scope.${level}`)).join(', ')],
              [t('roles.belongs_to'), role.node_name],
              [t('roles.template'), template && <Link {...template}>{template_name}</Link>],
              [t('field.updated_at'), <Instant iso={role.updated_at} />],
            ]}
          />
        </Panel>
      }
    >
      <Panel title={t('roles.may')} wide>
        {differs && (
          <p className="dim">
            {t('roles.differs', {
              name: template_name ?? '',
              added: difference.added.length,
              missing: difference.missing.length,
            })}
          </p>
        )}
        <PermissionMatrix
          label={t('roles.may')}
          value={role.permissions}
          added={difference?.added}
          missing={difference?.missing}
        />
      </Panel>
    </Panels>
  );
}

/** Later changes of the template are offered, and taken over with one click (ACC-09). */
function TemplateChanged({ role }: { role: Role }) {
  const can = useCan();
  const { difference } = role;
  if (!difference || difference.gained.length + difference.lost.length === 0) return null;
  return (
    <Group gap={12} mb={12} role="status">
      <span>
        {t('roles.template_changed', { name: role.template_name ?? '' })}{' '}
        {named('roles.gained', difference.gained)} {named('roles.lost', difference.lost)}
      </span>
      {can('roles:update') && (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconArrowMerge size={15} />}
          onClick={() =>
            attempt(async () => {
              await act('roles', role.id, 'take_over');
              toast(t('roles.taken_over', { name: role.full_name }));
            })
          }
        >
          {t('roles.take_over')}
        </Button>
      )}
    </Group>
  );
}

const named = (text: 'roles.gained' | 'roles.lost', all: readonly string[]) =>
  all.length > 0 && t(text, { names: all.map(permissionLabel).join(', ') });

function permissionLabel(permission: string): string {
  const [resource, action] = permission.split(':') as [string, string];
  return t('roles.cell', { resource: resourceLabel(resource), action: actionLabel(action) });
}

/** Who has it, and where. */
const Holders = ({ id }: { id: string }) => (
  <DataGrid
    list="grants"
    label={t('roles.holders')}
    fixed={{ role_id: id }}
    hide={['role_id', 'role_name']}
    nameColumn="user_id"
    link={({ user_id }) => recordLink('users', user_id)!}
    empty={{ title: t('roles.no_holders') }}
  />
);
