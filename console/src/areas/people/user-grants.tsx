import { ActionIcon, Button, Group, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconX } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { createRecord, deleteRecord, firstRowsQuery } from '@/api/records.ts';
import { useCan, useSession } from '@/api/session.ts';
import type { RecordOf, Row } from '@/api/types.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import { RecordPicker } from '@/kit/form/fields.tsx';
import { NodeSelect } from '@/kit/form/node-field.tsx';
import { attempt } from '@/kit/record/lifecycle.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { nodeId, platformId } from '@/kit/shell/scope.ts';
import { t } from '@/text/t.ts';
import { useRolesAt } from './roles-at.ts';

type User = RecordOf<'users'>;

/** The roles that the account holds, and where; given and taken here. */
export function UserGrants({ user }: { user: User }) {
  const can = useCan();
  const { data } = useQuery(firstRowsQuery('grants', { user_id: user.id, limit: 50 }));
  const may = can('users:update');
  return (
    <Stack gap={8}>
      {data?.items.length === 0 && <span className="dim">{t('users.no_grants')}</span>}
      {data?.items.map((grant) => (
        <Group key={grant.id} gap={8} wrap="nowrap">
          <Link {...recordLink('roles', grant.role_id)!}>{grant.role_name}</Link>
          <span className="dim">{grant.node_name}</span>
          {may && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size={24}
              ml="auto"
              aria-label={t('users.remove_grant', { name: grant.role_name })}
              onClick={() => take(grant)}
            >
              <IconX size={14} />
            </ActionIcon>
          )}
        </Group>
      ))}
      {may && <AddGrant user={user} />}
    </Stack>
  );
}

const give = (user_id: string, role_id: string, node_id: string | null | undefined) =>
  createRecord('grants', { user_id, role_id, node_id });

/** No dialog: what was taken can be given back. */
const take = ({ id, user_id, role_id, role_name, node_id }: Row<'grants'>) =>
  attempt(async () => {
    await deleteRecord('grants', id);
    toast(t('users.grant_removed', { name: role_name }), () => give(user_id, role_id, node_id));
  });

/** From inside a customer it is not told, and is the customer itself. */
const homeOf = ({ node_id, node_type }: User) =>
  node_id ?? (node_type === 'platform' ? platformId : null);

function AddGrant({ user }: { user: User }) {
  const session = useSession();
  const [role, setRole] = useState<{ id: string; name: string } | null>(null);
  const [node, setNode] = useState<string | null>(homeOf(user) ?? nodeId(session.node));
  const filter = useRolesAt(node ?? '');
  return (
    <Stack gap={8}>
      <RecordPicker
        list="roles"
        filter={filter}
        label={t('field.role_id')}
        placeholder={t('users.add_grant')}
        value={role?.id ?? null}
        onChange={(id, name) => setRole(id ? { id, name } : null)}
      />
      <NodeSelect
        label={t('users.grant_at')}
        required
        value={node}
        onChange={(id) => {
          setNode(id);
          setRole(null);
        }}
      />
      <Button
        variant="default"
        disabled={!role}
        title={role ? undefined : t('users.choose_role')}
        onClick={() =>
          attempt(async () => {
            await give(user.id, role!.id, node);
            toast(t('users.granted', { name: role!.name }));
            setRole(null);
          })
        }
      >
        {t('record.add')}
      </Button>
    </Stack>
  );
}
