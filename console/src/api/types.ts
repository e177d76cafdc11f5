import type * as schema from './temporary.ts';

export type Problem = schema.Problem;
export type Blocker = schema.Blocker;
export type Column = schema.Column;
export type Node = schema.Node;
export type Session = schema.Session;
export type Choice = schema.Choice;
export type Import = schema.Import;
export type ImportColumn = schema.ImportColumn;
export type ImportRow = schema.ImportRow;
export type Profile = schema.Profile;
export type Hit = schema.Hit;
export type paths = schema.paths;

/** The lists that one grid can show: each has a path that tells its columns. */
export type ListName = {
  [P in keyof paths]: P extends `/${infer Name}/columns` ? Name : never;
}[keyof paths];

type Answer<Path> = Path extends {
  get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Body
  : never;

export type Row<N extends ListName> = paths[`/${N}`] extends infer Path
  ? Answer<Path> extends { items: (infer Item)[] }
    ? Item
    : never
  : never;

/** The lists whose records have a version and can be changed by their id. */
export type RecordName = {
  [P in keyof paths]: P extends `/${infer Name}/{id}`
    ? paths[P] extends { patch: object }
      ? Name
      : never
    : never;
}[keyof paths];

export type RecordOf<N extends RecordName> = Answer<paths[`/${N}/{id}`]>;

/** What any list's page is, when it does not matter which list. */
export interface AnyRow {
  id: string;
  [name: string]: unknown;
}
export interface ListPage<T> {
  items: T[];
  page: {
    next: string | null;
    prev: string | null;
    count: number | null;
    count_is_exact: boolean | null;
  };
}
