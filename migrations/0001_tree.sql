-- The tree (spec 1.2): provider > reseller > customer > tenant > site. Every row that belongs to
-- somebody carries provider_id, the key by which a database could be sharded, and, below the
-- customer, customer_id; reseller_id is repeated below the customer so that one range of one index
-- is what a reseller sees.
--
-- Types: kit/conn/value.rs. Text is never null: '' is unset. Instants are microseconds.

create table providers (
    id uuid not null primary key,
    name text not null,
    name_key text not null,
    search_text text not null,
    code text not null,
    is_house boolean not null,
    domains json not null,
    time_zone text not null,
    language text not null,
    currency text not null,
    country text not null,
    accounting_emails json not null,
    branding_sender text not null,
    branding_colour text not null,
    reply_to text not null,
    support_email text not null,
    support_phone text not null,
    -- Policies (TREE-06): unset ones are the platform's defaults.
    customer_names text not null constraint providers_customer_names_check check (customer_names in ('', 'unique', 'may_repeat')),
    customer_id_pattern text not null,
    show_customer_name boolean,
    provider_fields json,
    require_second_factor boolean,
    password_min_length bigint,
    lock_out_tries bigint,
    session_idle_minutes bigint,
    session_max_hours bigint,
    csv_download_rows bigint,
    self_sign_up boolean,
    overuse text not null,
    block_term bigint,
    expiry_warning_days json,
    status text not null constraint providers_status_check check (status in ('active', 'suspended')),
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index providers_name_unique on providers (name_key);
create unique index providers_code_unique on providers (code);
create unique index providers_house_unique on providers (is_house) where is_house;

create table resellers (
    id uuid not null primary key,
    provider_id uuid not null references providers (id),
    name text not null,
    name_key text not null,
    search_text text not null,
    code text not null,
    domains json not null,
    time_zone text not null,
    language text not null,
    own_customer_id uuid,
    accounting_emails json not null,
    -- Policies: unset ones are inherited; so are a customer's.
    overuse text not null,
    block_term bigint,
    expiry_warning_days json,
    archived_at bigint,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index resellers_name_unique on resellers (provider_id, name_key);
create unique index resellers_code_unique on resellers (provider_id, code) where code <> '';
create index resellers_by_name on resellers (name_key, id);

-- The next number of customer_id_pattern: one row a provider, so that generating takes one lock.
create table customer_numbers (
    provider_id uuid not null primary key references providers (id),
    next bigint not null
);

create table customers (
    id uuid not null primary key,
    provider_id uuid not null references providers (id),
    reseller_id uuid references resellers (id),
    name text not null,
    name_key text not null,
    -- Says whether the name must be unique among those that are not archived: the provider's policy
    -- customer_names, repeated so that an index can hold it.
    name_is_unique boolean not null,
    search_text text not null,
    customer_id text not null,
    customer_id_key text not null,
    link_code text not null,
    stage text not null,
    owner_id uuid,
    description text not null,
    extended_name text not null,
    external_customer_id text not null,
    external_id text not null,
    external_id_key text not null,
    ref_id text not null,
    crm_id text not null,
    account_id text not null,
    deal_ids json not null,
    domains json not null,
    time_zone text not null,
    language text not null,
    currency text not null,
    public_sector boolean not null,
    inactive_billing boolean not null,
    company_size text not null,
    industries json not null,
    website text not null,
    address_line1 text not null,
    address_line2 text not null,
    city text not null,
    state text not null,
    postal_code text not null,
    country text not null,
    billing_line1 text not null,
    billing_line2 text not null,
    billing_city text not null,
    billing_state text not null,
    billing_postal_code text not null,
    billing_country text not null,
    access text not null,
    access_mode text not null,
    overuse text not null,
    block_term bigint,
    expiry_warning_days json,
    management text not null,
    status text not null,
    archived_at bigint,
    deleted_at bigint,
    deleted_by text not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index customers_name_unique on customers (provider_id, name_key) where name_is_unique and archived_at is null;
create unique index customers_customer_id_unique on customers (provider_id, customer_id_key);
create unique index customers_external_id_unique on customers (provider_id, external_id_key) where external_id_key <> '';
create unique index customers_link_code_unique on customers (link_code);
-- With what hides a customer at the end, so that counting needs no rows.
create index customers_by_name on customers (provider_id, name_key, id, archived_at, deleted_at);
create index customers_by_reseller on customers (reseller_id, name_key, id);
create index customers_by_created on customers (provider_id, created_at, id);
create index customers_by_updated on customers (provider_id, updated_at, id);
create index customers_all_by_name on customers (name_key, id, archived_at, deleted_at);
create index customers_by_deleted on customers (deleted_at) where deleted_at is not null;
-- Other systems' keys, by which imports find customers.
create index customers_by_external_customer_id on customers (provider_id, external_customer_id) where external_customer_id <> '';
create index customers_by_ref_id on customers (provider_id, ref_id) where ref_id <> '';
create index customers_by_crm_id on customers (provider_id, crm_id) where crm_id <> '';
create index customers_by_account_id on customers (provider_id, account_id) where account_id <> '';

-- Counters that grids show, outside version, ETag, updated_at and audit.
create table customer_rollups (
    customer_id uuid not null primary key references customers (id),
    provider_id uuid not null,
    tenants bigint not null,
    sites bigint not null,
    contacts bigint not null,
    users bigint not null,
    devices bigint not null,
    worst_pool_id uuid,
    pools_over bigint not null,
    licence_status text not null
);

create table tenants (
    id uuid not null primary key,
    provider_id uuid not null references providers (id),
    reseller_id uuid,
    customer_id uuid not null references customers (id),
    name text not null,
    name_key text not null,
    search_text text not null,
    time_zone text not null,
    language text not null,
    is_default boolean not null,
    archived_at bigint,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index tenants_name_unique on tenants (provider_id, customer_id, name_key);
create unique index tenants_default_unique on tenants (provider_id, customer_id) where is_default;
create index tenants_by_name on tenants (provider_id, name_key, id);
create index tenants_by_customer on tenants (customer_id, name_key, id);
create index tenants_by_reseller on tenants (reseller_id, name_key, id);
create index tenants_all_by_name on tenants (name_key, id);

create table sites (
    id uuid not null primary key,
    provider_id uuid not null references providers (id),
    reseller_id uuid,
    customer_id uuid not null references customers (id),
    tenant_id uuid not null constraint sites_tenant_fk references tenants (id),
    name text not null,
    name_key text not null,
    search_text text not null,
    site_id text not null,
    site_id_key text not null,
    external_id text not null,
    kind text not null,
    status text not null,
    address_line1 text not null,
    address_line2 text not null,
    city text not null,
    state text not null,
    postal_code text not null,
    country text not null,
    region text not null,
    latitude text not null,
    longitude text not null,
    time_zone text not null,
    archived_at bigint,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index sites_site_id_unique on sites (customer_id, site_id_key, provider_id);
create index sites_by_name on sites (provider_id, name_key, id);
create index sites_by_customer on sites (customer_id, name_key, id);
create index sites_by_tenant on sites (tenant_id);
create index sites_by_external_id on sites (external_id, customer_id) where external_id <> '';
create index sites_by_reseller on sites (reseller_id, name_key, id);
create index sites_all_by_name on sites (name_key, id);
