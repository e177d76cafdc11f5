import { nodeId, useNode } from '@/kit/shell/scope.ts';

/** Narrows the list of roles to those that can be held at a node. */
export function useRolesAt(id: string): Record<string, string> {
  const node = useNode(id);
  if (!node) return {};
  return { levels: node.type, ...(node.id ? { under: nodeId(node) } : {}) };
}
