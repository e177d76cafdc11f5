import type { Crumb } from '@/kit/page/page.tsx';
import { recordLink } from '@/kit/record/links.ts';

/** Whose record it is; in a customer's own workspace that is not told (ACC-10). */
export const customerCrumb = (record: { customer_id?: string; customer_name?: string }): Crumb[] =>
  record.customer_id
    ? [{ label: record.customer_name ?? '', link: recordLink('customers', record.customer_id) }]
    : [];
