import { limits } from '@/api/limits.ts';

export type Permission = (typeof limits.roles.create.permissions.choices)[number];

/** What stands in a column of its own; everything else a resource knows stands in the last one. */
export const usual = ['read', 'create', 'update', 'delete'] as const;

export interface Resource {
  name: string;
  /** What can be done with it beyond the usual. */
  more: string[];
}

export const permissions: readonly Permission[] = limits.roles.create.permissions.choices;

/** All resources, in the order of the API document. */
export const resources: Resource[] = grouped();

function grouped(): Resource[] {
  const found = new Map<string, string[]>();
  for (const permission of permissions) {
    const [name, action] = permission.split(':') as [string, string];
    const more = found.get(name) ?? [];
    if (!(usual as readonly string[]).includes(action)) more.push(action);
    found.set(name, more);
  }
  return [...found].map(([name, more]) => ({ name, more }));
}
