import type { Row } from '@/api/types.ts';
import { tMaybe } from '@/text/t.ts';

/** What a person can be to a customer. */
export type ContactRole = Row<'contact_links'>['roles'][number];

export const contactRoles: ContactRole[] = ['primary', 'billing', 'technical', 'super_admin'];

export const roleLabel = (role: string) => tMaybe(`contact_role.${role}`, role);
