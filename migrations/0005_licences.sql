-- Products, licence blocks, pools, devices (spec 3).

-- node_id is the provider, or nil for the platform's catalogue: so that one index keeps codes unique.
create table products (
    id uuid not null primary key,
    node_id uuid not null,
    provider_id uuid references providers (id),
    name text not null,
    name_key text not null,
    search_text text not null,
    code text not null,
    code_key text not null,
    kind text not null,
    description text not null,
    features json not null,
    status text not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index products_code_unique on products (node_id, code_key);
create index products_by_name on products (name_key, id);
create index products_by_provider on products (provider_id, name_key, id);

-- One row for each product of a customer, held by whoever changes its blocks or its devices (LIC-05).
-- next_at: when the clock alone changes something: a block begins, ends, or is about to end.
create table pool_sets (
    customer_id uuid not null references customers (id),
    product_id uuid not null constraint pool_sets_product_fk references products (id),
    next_at bigint,
    changes bigint not null,
    primary key (customer_id, product_id)
);
create index pool_sets_by_next_at on pool_sets (next_at) where next_at is not null;

-- tenant_key is the tenant, or nil for Global.
create table licence_pools (
    id uuid not null primary key,
    provider_id uuid not null references providers (id),
    reseller_id uuid,
    customer_id uuid not null references customers (id),
    product_id uuid not null references products (id),
    tenant_id uuid references tenants (id),
    tenant_key uuid not null,
    purchased bigint not null,
    used bigint not null,
    -- Whether it ever had a block in force: then devices can draw on it (LIC-08).
    has_begun boolean not null,
    -- The day whose history is not closed yet.
    day text not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index licence_pools_unique on licence_pools (customer_id, product_id, tenant_key);
create index licence_pools_by_provider on licence_pools (provider_id, id);
create index licence_pools_over on licence_pools (provider_id) where used > purchased;

-- What a pool had at the end of a day, as known then (LIC-12).
create table licence_pool_days (
    pool_id uuid not null references licence_pools (id),
    day text not null,
    purchased bigint not null,
    used bigint not null,
    recorded_at bigint not null,
    primary key (pool_id, day)
);

create table licence_blocks (
    id uuid not null primary key,
    provider_id uuid not null references providers (id),
    reseller_id uuid,
    customer_id uuid not null references customers (id),
    product_id uuid not null constraint licence_blocks_product_fk references products (id),
    tenant_id uuid references tenants (id),
    tenant_key uuid not null,
    sales_order text not null,
    po_number text not null,
    unit_price text not null,
    value text not null,
    currency text not null,
    licences bigint not null,
    order_date text not null,
    expiration_date text not null,
    warning_days json,
    note text not null,
    search_text text not null,
    -- The instants of both dates in the zone that holds for the block (LIC-03).
    starts_at bigint not null,
    ends_at bigint not null,
    warns_at bigint not null,
    state text not null,
    -- The licences of the blocks of the pool that fill before this one; only while in force (LIC-07).
    fills_after bigint not null,
    renews_id uuid,
    renewed_by uuid,
    not_renewed_reason text not null,
    not_renewed_at bigint,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create index licence_blocks_by_customer on licence_blocks (customer_id, product_id, expiration_date, id);
create index licence_blocks_by_expiration on licence_blocks (provider_id, expiration_date, id);
create index licence_blocks_by_reseller on licence_blocks (reseller_id, expiration_date, id);
create index licence_blocks_all_by_expiration on licence_blocks (expiration_date, id);
create index licence_blocks_by_product on licence_blocks (product_id);
create index licence_blocks_by_sales_order on licence_blocks (sales_order, id) where sales_order <> '';
create index licence_blocks_by_tenant on licence_blocks (tenant_id) where tenant_id is not null;
create unique index licence_blocks_renews_unique on licence_blocks (renews_id) where renews_id is not null;

-- What customers subscribe to.
create table customer_services (
    customer_id uuid not null references customers (id),
    product_id uuid not null references products (id),
    -- The product's id as text, as lists of ids have it.
    product text not null,
    primary key (customer_id, product_id)
);
create index customer_services_by_product on customer_services (product_id, customer_id);

create table overuse_cases (
    id uuid not null primary key,
    provider_id uuid not null references providers (id),
    reseller_id uuid,
    customer_id uuid not null references customers (id),
    product_id uuid not null references products (id),
    tenant_id uuid references tenants (id),
    pool_id uuid not null,
    state text not null,
    purchased bigint not null,
    used bigint not null,
    -- The excess that was told last: a reminder goes out when it has doubled.
    told_excess bigint not null,
    told_at bigint not null,
    note text not null,
    handled_by text not null,
    opened_at bigint not null,
    cleared_at bigint,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index overuse_cases_open_unique on overuse_cases (pool_id) where cleared_at is null;
create index overuse_cases_by_opened on overuse_cases (provider_id, opened_at, id);
create index overuse_cases_by_customer on overuse_cases (customer_id, opened_at, id);

create table device_groups (
    id uuid not null primary key,
    provider_id uuid not null references providers (id),
    reseller_id uuid,
    customer_id uuid not null references customers (id),
    name text not null,
    name_key text not null,
    search_text text not null,
    is_default boolean not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index device_groups_name_unique on device_groups (customer_id, name_key);
create unique index device_groups_default_unique on device_groups (customer_id) where is_default;
create index device_groups_by_name on device_groups (provider_id, name_key, id);

create table devices (
    id uuid not null primary key,
    provider_id uuid not null references providers (id),
    reseller_id uuid,
    customer_id uuid not null references customers (id),
    product_id uuid not null constraint devices_product_fk references products (id),
    tenant_id uuid not null constraint devices_tenant_fk references tenants (id),
    site_id uuid constraint devices_site_fk references sites (id),
    group_id uuid not null constraint devices_group_fk references device_groups (id),
    user_id uuid,
    contact_id uuid,
    identifier text not null,
    identifier_key text not null,
    name text not null,
    name_key text not null,
    search_text text not null,
    kind text not null,
    client_version text not null,
    status text not null,
    last_seen_at bigint,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index devices_identifier_unique on devices (provider_id, product_id, identifier_key) where status <> 'deregistered';
create index devices_by_identifier on devices (provider_id, identifier_key, id);
create index devices_by_customer on devices (customer_id, identifier_key, id);
create index devices_by_reseller on devices (reseller_id, identifier_key, id);
create index devices_all_by_identifier on devices (identifier_key, id);
create index devices_by_tenant on devices (tenant_id, product_id);
create index devices_by_site on devices (site_id) where site_id is not null;
create index devices_by_group on devices (group_id);

-- How many devices of a tenant use a licence of a product: what pools are made of.
create table device_counts (
    customer_id uuid not null references customers (id),
    product_id uuid not null references products (id),
    tenant_id uuid not null references tenants (id),
    used bigint not null,
    primary key (customer_id, product_id, tenant_id)
);

-- When somebody has to be told that a block expires: once for each threshold (LIC-11). told_at: it
-- stands in the console; mailed_at: it was in a digest.
create table expiry_alerts (
    id uuid not null primary key,
    provider_id uuid not null references providers (id),
    reseller_id uuid,
    customer_id uuid not null references customers (id),
    block_id uuid not null references licence_blocks (id),
    days bigint not null,
    due_at bigint not null,
    told_at bigint,
    mailed_at bigint,
    state text not null,
    snoozed_until text not null,
    handled_by text not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index expiry_alerts_unique on expiry_alerts (block_id, days);
create index expiry_alerts_due on expiry_alerts (due_at) where told_at is null;
create index expiry_alerts_unmailed on expiry_alerts (told_at) where told_at is not null and mailed_at is null;
create index expiry_alerts_by_told on expiry_alerts (provider_id, told_at, id);
create index expiry_alerts_by_customer on expiry_alerts (customer_id, told_at, id);

-- The day of the last digest to an accounting desk, by the node whose desk it is.
create table digests (
    node_id uuid not null primary key,
    day text not null
);
