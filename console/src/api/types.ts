import type { components, paths as documented } from './schema.d.ts';

/** The document's paths, without the version that the client puts before them. */
export type paths = {
  [P in keyof documented as P extends `/api/v1${infer Rest}` ? Rest : never]: documented[P];
};

type Schemas = components['schemas'];
export type Problem = Schemas['Problem'];
export type Blocker = Schemas['Blocker'];
export type Column = Schemas['ColumnInfo'];
export type Node = Schemas['Node'];
export type Session = Schemas['Session'];
export type SecondFactorOffer = Schemas['SecondFactorOffer'];
export type Invited = Schemas['Invited'];
export type MailMessage = Schemas['MailMessage'];
export type Profile = Schemas['Profile'];
export type Import = Schemas['Import'];
export type MovePreview = Schemas['MovePreview'];
export type Settings = Schemas['Settings'];
export type Feature = Schemas['Feature'];
export type PoolChanges = Schemas['PoolChanges'];
export type PoolDay = Schemas['PoolDay'];
export type Why = Schemas['Why'];
export type ImportColumn = Schemas['ImportColumn'];
export type ImportRow = Schemas['ImportRow'];
export type Choice = Schemas['EnumValue'];

/** What a GET of that path answers. */
export type Answer<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Body
  : never;

/** The lists that one grid can show: each has a path that tells its columns. */
export type ListName = {
  [P in keyof paths]: P extends `/${infer Name}/columns`
    ? `/${Name}` extends keyof paths
      ? Name
      : never
    : never;
}[keyof paths];

type Listed<P> = P extends keyof paths ? Answer<P> : never;
export type Row<N extends ListName> =
  Listed<`/${N}`> extends { items: (infer Item)[] } ? Item : never;

/** The lists whose records can be looked at one by one. */
export type RecordName = {
  [N in ListName]: `/${N}/{id}` extends keyof paths ? N : never;
}[ListName];

export type RecordOf<N extends RecordName> = Listed<`/${N}/{id}`>;

/** What any list's page is, when it does not matter which list. */
export interface AnyRow {
  id: string;
  [name: string]: unknown;
}
export interface ListPage<T> {
  items: T[];
  page: Schemas['PageInfo'];
}
