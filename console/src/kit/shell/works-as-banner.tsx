import { UnstyledButton } from '@mantine/core';
import { IconUserShare } from '@tabler/icons-react';
import { useRouter } from '@tanstack/react-router';
import { useSession, workAt } from '@/api/session.ts';
import type { Node } from '@/api/types.ts';
import { t } from '@/text/t.ts';
import { attempt } from '../record/lifecycle.tsx';
import { recordLink } from '../record/links.ts';
import { nodeId } from './scope.ts';
import classes from './scope-banner.module.css';

/** Says that one is in a customer's workspace, as whom, and how to leave it (ACC-13). */
export function WorksAsBanner() {
  const { node, nodes, works_as_customer } = useSession();
  const router = useRouter();
  const home = nodes.filter((it) => covers(it, node)).at(-1);
  if (!works_as_customer || !home) return null;
  const leave = () =>
    workAt(nodeId(home), () => router.navigate(recordLink('customers', nodeId(node))!));
  return (
    <div className={classes.root} data-strong role="status">
      <IconUserShare size={15} aria-hidden />
      <span>{t('works_as.banner', { name: node.name })}</span>
      <UnstyledButton className={classes.clear} onClick={() => void attempt(leave)}>
        {t('works_as.leave', { name: home.name })}
      </UnstyledButton>
    </div>
  );
}

function covers(above: Node, customer: Node): boolean {
  if (above.type === 'platform') return true;
  return above.id === customer.provider_id || above.id === customer.reseller_id;
}
