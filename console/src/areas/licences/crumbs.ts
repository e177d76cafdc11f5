import type { LinkProps } from '@tanstack/react-router';
import { recordLink } from '@/kit/record/links.ts';
import { t, type TextKey } from '@/text/t.ts';

/** The list, then the customer; its own people do not read its name. */
export function crumbsOf(
  label: TextKey,
  to: LinkProps['to'],
  record: { customer_id: string; customer_name?: string },
) {
  const list = { label: t(label), link: { to, search: {} } as LinkProps };
  if (!record.customer_name) return [list];
  return [list, { label: record.customer_name, link: recordLink('customers', record.customer_id) }];
}
