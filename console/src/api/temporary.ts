// Stands in for schema.d.ts until the server writes openapi.json; then it goes.
type Text = string | null | undefined;
type Record_ = { id: string; version: number; created_at: string; updated_at: string };
export interface Column {
  name: string;
  label: string;
  type:
    | 'text'
    | 'id'
    | 'integer'
    | 'boolean'
    | 'instant'
    | 'date'
    | 'choice'
    | 'list'
    | 'reference'
    | 'country'
    | 'time_zone';
  operators: string[];
  sortable: boolean;
  searched: boolean;
  filterable: boolean;
  shown: boolean;
  values?: { value: string; label: string }[] | null;
  resource?: string | null;
  label_column?: string | null;
  width?: number | null;
  align?: string | null;
}
export interface Blocker {
  kind: string;
  label: string;
  count: number;
  href?: string | null;
}
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  code: string;
  request_id?: string;
  errors?: { pointer: string; code: string; message: string }[];
  current?: unknown;
  blockers?: Blocker[];
}
export interface Node {
  type: 'platform' | 'provider' | 'reseller' | 'customer';
  id: string;
  name: string;
  provider_id?: string | null;
  reseller_id?: string | null;
  path: string;
}
export interface Session {
  id: string;
  user: {
    id: string;
    email: string;
    display_name: string;
    language: string;
    time_zone: string;
    must_change_password: boolean;
    version: number;
  };
  node: Node;
  nodes: Node[];
  role: { id: string; name: string };
  permissions: string[];
  expires_at: string;
  defaults: { time_zone: string };
  installation: { version: string; demo: boolean; empty: boolean };
}
interface Address {
  address_line1: string;
  address_line2: string;
  city: string;
  state: string;
  postal_code: string;
  country?: Text;
}
export interface ProviderInput {
  name: string;
  code: string;
  domains: string[];
  time_zone: string;
  language: string;
  currency: string;
  country?: Text;
  accounting_emails: string[];
  status: 'active' | 'suspended';
  customer_names: 'unique' | 'may_repeat';
  customer_id_pattern: string;
  show_customer_name: boolean;
}
export interface ResellerInput {
  provider_id: string;
  name: string;
  code: string;
  domains: string[];
  time_zone?: Text;
  language?: Text;
  own_customer_id?: Text;
  accounting_emails: string[];
}
export interface CustomerInput extends Address {
  provider_id?: Text;
  reseller_id?: Text;
  name: string;
  customer_id: string;
  stage: 'prospect' | 'customer' | 'former';
  owner_id?: Text;
  description: string;
  extended_name: string;
  external_customer_id: string;
  external_id: string;
  ref_id: string;
  crm_id: string;
  account_id: string;
  deal_ids: string[];
  domains: string[];
  time_zone?: Text;
  language?: Text;
  currency?: Text;
  public_sector: boolean;
  inactive_billing: boolean;
  company_size?: Text;
  industries: string[];
  website: string;
  billing_line1: string;
  billing_line2: string;
  billing_city: string;
  billing_state: string;
  billing_postal_code: string;
  billing_country?: Text;
  billing_contact_id?: Text;
  access: 'enabled' | 'disabled';
  access_mode: 'no_access' | 'full_access';
}
export interface TenantInput {
  customer_id: string;
  name: string;
  time_zone?: Text;
  language?: Text;
}
export interface SiteInput extends Address {
  customer_id: string;
  tenant_id?: Text;
  name: string;
  region: string;
  latitude?: number | null;
  longitude?: number | null;
  site_id: string;
  external_id: string;
  kind: string;
  status: 'planned' | 'active' | 'closed';
  time_zone?: Text;
}
export interface ContactInput {
  first_name: string;
  last_name: string;
  email: string;
  phone: string;
  mobile: string;
  job_title: string;
  language?: Text;
  time_zone?: Text;
  notes: string;
}
export interface UserInput {
  email: string;
  display_name: string;
  contact_id?: Text;
  language?: Text;
  time_zone?: Text;
}
export type Provider = Record_ &
  ProviderInput & { is_house: boolean; resellers_count: number; customers_count: number };
export type Reseller = Record_ &
  ResellerInput & { archived_at?: Text; customers_count: number; provider_name: string };
export type Customer = Record_ &
  CustomerInput & {
    link_code: string;
    management: 'none' | 'active' | 'pending' | 'rejected';
    status: 'pending' | 'rejected' | 'archived' | 'disabled' | 'active';
    archived_at?: Text;
    provider_name: string;
    reseller_name?: Text;
    owner_name?: Text;
    billing_contact_name?: Text;
    super_admin?: Text;
    tenants_count: number;
    sites_count: number;
    contacts_count: number;
    users_count: number;
  };
export interface Inherited {
  value: unknown;
  from: { type: string; id: string; name: string } | null;
}
export type CustomerDetail = Customer & {
  inherited: { time_zone: Inherited; language: Inherited; currency: Inherited; domains: Inherited };
};
export type BinCustomer = Customer & { deleted_at: string; deleted_by: string; purge_at: string };
export type Tenant = Record_ &
  TenantInput & {
    is_default: boolean;
    archived_at?: Text;
    customer_name: string;
    sites_count: number;
  };
export type Site = Record_ &
  SiteInput & { archived_at?: Text; customer_name: string; tenant_name: string };
export type Contact = Record_ &
  ContactInput & {
    display_name: string;
    provider_id: string;
    reseller_id?: Text;
    customers_count: number;
    customers: string;
  };
export interface ContactLink {
  id: string;
  customer_id: string;
  contact_id: string;
  roles: ('primary' | 'billing' | 'technical' | 'super_admin')[];
  contact_name: string;
  contact_email: string;
  contact_phone: string;
  contact_job_title: string;
  customer_name: string;
}
export type User = Record_ &
  UserInput & {
    status: 'active' | 'locked' | 'disabled' | 'invited';
    node_type: string;
    node_id: string;
    role_name: string;
    last_login_at?: Text;
    provider_id?: Text;
    reseller_id?: Text;
    customer_id?: Text;
  };
export interface Role {
  id: string;
  name: string;
  levels: string[];
  permissions: string[];
  description: string;
}
export interface Grant {
  id: string;
  user_id: string;
  role_id: string;
  role_name: string;
  node_type: string;
  node_id: string;
  node_name: string;
}
export type Token = Record_ & {
  name: string;
  prefix: string;
  permissions?: string[] | null;
  expires_at?: Text;
  last_used_at?: Text;
  token?: string;
};
export interface Change {
  field: string;
  before?: unknown;
  after?: unknown;
}
export interface AuditEvent {
  id: string;
  at: string;
  actor_id?: Text;
  actor_name: string;
  on_behalf_of?: Text;
  source: 'web' | 'api' | 'import' | 'job' | 'cli';
  request_id: string;
  address?: Text;
  object_type: string;
  object_id: string;
  object_name: string;
  action: string;
  changes: Change[];
  reason?: Text;
  provider_id?: Text;
  customer_id?: Text;
  customer_name?: Text;
  job_id?: Text;
}
export interface Job {
  id: string;
  kind: string;
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  progress_done: number;
  progress_total?: number | null;
  message?: Text;
  result?: unknown;
  error?: Text;
  created_at: string;
  started_at?: Text;
  finished_at?: Text;
  user_name: string;
  object_id?: Text;
}
export interface Import {
  id: string;
  object: string;
  file_name: string;
  format: 'csv' | 'ndjson';
  delimiter?: Text;
  encoding?: Text;
  size: number;
  rows?: number | null;
  headers: string[];
  sample: string[][];
  suggested_mapping: Record<string, string>;
  state:
    'uploaded' | 'planning' | 'planned' | 'applying' | 'done' | 'stopped' | 'cancelled' | 'failed';
  mapping?: Record<string, string> | null;
  match?: string[] | null;
  good_rows_only: boolean;
  job_id?: Text;
  counts: {
    rows: number;
    created: number;
    updated: number;
    unchanged: number;
    refused: number;
    cleaned: number;
  };
  expires_at?: Text;
  message?: Text;
  created_at: string;
}
export interface ImportColumn {
  name: string;
  label: string;
  type: string;
  required: boolean;
  description: string;
}
export interface ImportRow {
  line: number;
  outcome: string;
  object_id?: Text;
  title: string;
  changes: Change[];
  errors: { column: string; value: string; code: string; message: string }[];
  cleaned: { column: string; what: string }[];
}
export interface Hit {
  type: string;
  id: string;
  title: string;
  subtitle: string;
  badge?: Text;
}
export interface Choice {
  value: string;
  label: string;
}
export interface OwnSession {
  id: string;
  created_at: string;
  last_seen_at: string;
  expires_at: string;
  address: string;
  user_agent: string;
  current: boolean;
}
export interface Profile {
  id: string;
  email: string;
  display_name: string;
  language: string;
  time_zone: string;
  version: number;
}

export interface Page {
  next: string | null;
  prev: string | null;
  count: number | null;
  count_is_exact: boolean | null;
}
type Json<T> = { content: { 'application/json': T } };
type Op<Answer, Body = never, Path = never, Query = never> = {
  parameters: {
    query?: Query;
    header?: never;
    cookie?: never;
  } & ([Path] extends [never] ? { path?: never } : { path: Path });
  requestBody?: [Body] extends [never] ? never : { content: { 'application/json': Body } };
  responses: { 200: Json<Answer> };
};
type Id = { id: string };
type Any = { [key: string]: unknown };
type ListOf<Row, Input = never> = {
  get: Op<{ items: Row[]; page: Page }, never, never, Any>;
  post: Op<Row, Input>;
};
type ItemOf<Row, Input = never> = {
  get: Op<Row, never, Id>;
  patch: Op<Row, Partial<Input>, Id>;
  delete: Op<undefined, never, Id>;
};
type Lists = {
  providers: [Provider, ProviderInput];
  resellers: [Reseller, ResellerInput];
  customers: [Customer, CustomerInput];
  tenants: [Tenant, TenantInput];
  sites: [Site, SiteInput];
  contacts: [Contact, ContactInput];
  users: [User, UserInput];
  contact_links: [ContactLink, never];
  tokens: [Token, { name: string; permissions?: string[]; expires_at?: Text }];
  audit_events: [AuditEvent, never];
  jobs: [Job, never];
  imports: [Import, never];
  roles: [Role, never];
  grants: [Grant, { user_id: string; role_id: string; node_id: string }];
  bin: [BinCustomer, never];
};
type ListPaths = { [N in keyof Lists as `/${N}`]: ListOf<Lists[N][0], Lists[N][1]> };
type ItemPaths = {
  [N in Exclude<keyof Lists, 'customers'> as `/${N}/{id}`]: ItemOf<Lists[N][0], Lists[N][1]>;
} & { '/customers/{id}': ItemOf<CustomerDetail, CustomerInput> };
type ColumnPaths = { [N in keyof Lists as `/${N}/columns`]: { get: Op<Column[]> } };
export type paths = ListPaths &
  ItemPaths &
  ColumnPaths & {
    '/session': {
      get: Op<Session>;
      post: Op<Session, { email: string; password: string }>;
      delete: Op<undefined>;
    };
    '/session/password': {
      post: Op<undefined, { current_password: string; new_password: string }>;
    };
    '/session/node': { post: Op<Session, { node_id: string }> };
    '/sessions': { get: Op<{ items: OwnSession[] }> };
    '/sessions/{id}': { delete: Op<undefined, never, Id> };
    '/nodes': { get: Op<Node[], never, never, { q?: string; ids?: string; limit?: number }> };
    '/profile': { get: Op<Profile>; patch: Op<Profile, Partial<Profile>> };
    '/preferences/{name}': {
      get: Op<{ value: unknown }, never, { name: string }>;
      put: Op<{ value: unknown }, { value: unknown }, { name: string }>;
    };
    '/search': { get: Op<Hit[], never, never, { q: string; limit?: number }> };
    '/customers/{id}/contacts/{contact_id}': {
      put: Op<ContactLink, { roles: string[] }, { id: string; contact_id: string }>;
      delete: Op<undefined, never, { id: string; contact_id: string }>;
    };
    '/imports/columns/{object}': { get: Op<ImportColumn[], never, { object: string }> };
    '/imports/{id}/rows': {
      get: Op<{ items: ImportRow[]; page: Page }, never, Id, { outcome: string; cursor?: string }>;
    };
    '/customers/similar': {
      get: Op<
        { id: string; name: string; customer_id: string; reason: string; archived: boolean }[],
        never,
        never,
        { name?: string; domain?: string; external_id?: string; except?: string }
      >;
    };
    '/customers/{id}/deletion': {
      get: Op<
        { may: boolean; goes: { kind: string; count: number }[]; blockers: Blocker[] },
        never,
        Id
      >;
    };
    '/enums/{name}': { get: Op<Choice[], never, { name: string }> };
  };
