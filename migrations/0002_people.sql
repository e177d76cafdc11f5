-- People: contacts, and users with what proves who they are and what they may do (spec 1.3, 1.4).

create table contacts (
    id uuid not null primary key,
    provider_id uuid not null references providers (id),
    reseller_id uuid,
    first_name text not null,
    last_name text not null,
    name_key text not null,
    search_text text not null,
    email text not null,
    email_key text not null,
    phone text not null,
    mobile text not null,
    job_title text not null,
    language text not null,
    time_zone text not null,
    notes text not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create index contacts_by_name on contacts (provider_id, name_key, id);
create index contacts_all_by_name on contacts (name_key, id);
create index contacts_by_email on contacts (email_key, provider_id);

-- A contact serves a customer in one or several roles; at most one is primary and one gets the bills.
create table contact_links (
    id uuid not null primary key,
    provider_id uuid not null references providers (id),
    reseller_id uuid,
    customer_id uuid not null references customers (id),
    contact_id uuid not null references contacts (id),
    is_primary boolean not null,
    is_billing boolean not null,
    is_technical boolean not null,
    is_super_admin boolean not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index contact_links_unique on contact_links (customer_id, contact_id);
create unique index contact_links_primary_unique on contact_links (customer_id) where is_primary;
create unique index contact_links_billing_unique on contact_links (customer_id) where is_billing;
create index contact_links_by_contact on contact_links (contact_id, customer_id);

create table users (
    id uuid not null primary key,
    email text not null,
    email_key text not null,
    display_name text not null,
    name_key text not null,
    search_text text not null,
    contact_id uuid,
    -- The home node: all null is the platform.
    provider_id uuid references providers (id),
    reseller_id uuid references resellers (id),
    customer_id uuid references customers (id),
    language text not null,
    time_zone text not null,
    status text not null constraint users_status_check check (status in ('invited', 'active', 'locked', 'disabled')),
    password_hash text not null,
    must_change_password boolean not null,
    wrong_passwords bigint not null,
    locked_until bigint,
    last_login_at bigint,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index users_email_unique on users (email_key);
create index users_by_provider on users (provider_id, name_key, id);
create index users_by_name on users (name_key, id);
create index users_by_customer on users (customer_id) where customer_id is not null;

-- Named sets of permissions (ACC-06). Built-in ones are code, written here at each start; the others
-- belong to a node, and can be held there and below.
create table roles (
    id uuid not null primary key,
    -- The node: all null is the platform.
    provider_id uuid references providers (id),
    reseller_id uuid references resellers (id),
    customer_id uuid references customers (id),
    -- Its id, or the nil UUID for the platform: so that one index keeps names apart.
    node_id uuid not null,
    built_in boolean not null,
    name text not null,
    name_key text not null,
    search_text text not null,
    -- Its customer's name stands before its own (ACC-09).
    is_prefixed boolean not null,
    description text not null,
    levels json not null,
    permissions json not null,
    -- What it was cloned from, which may be gone, and what that gave when it was last looked at.
    template_id uuid,
    template_permissions json not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index roles_name_unique on roles (node_id, name_key);
create index roles_by_provider on roles (provider_id, name_key, id);
create index roles_by_name on roles (name_key, id);
create index roles_by_customer on roles (customer_id) where customer_id is not null;

-- A role held at a node, and below it (ACC-06).
create table grants (
    id uuid not null primary key,
    user_id uuid not null references users (id),
    role_id uuid not null constraint grants_role_fk references roles (id),
    level text not null,
    provider_id uuid references providers (id),
    reseller_id uuid references resellers (id),
    customer_id uuid references customers (id),
    -- The id of the node, or the nil UUID for the platform: so that one index tells repeats.
    node_id uuid not null,
    created_at bigint not null
);
create unique index grants_unique on grants (user_id, role_id, node_id);
create index grants_by_node on grants (node_id);
create index grants_by_role on grants (role_id);

-- Single sign-on of a provider's own staff (ACC-14, IDP-01). The client's secret is encrypted.
create table sso_providers (
    id uuid not null primary key,
    provider_id uuid not null references providers (id),
    name text not null,
    name_key text not null,
    search_text text not null,
    issuer text not null,
    client_id text not null,
    client_secret text not null,
    client_secret_set_at bigint,
    scopes text not null,
    email_claim text not null,
    email_verified_claim text not null,
    name_claim text not null,
    email_domains json not null,
    -- What people get who have no account yet; without one nobody gets any.
    role_id uuid constraint sso_providers_role_fk references roles (id),
    password_log_in boolean not null,
    is_enabled boolean not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index sso_providers_name_unique on sso_providers (provider_id, name_key);
create index sso_providers_by_name on sso_providers (name_key, id);
create index sso_providers_by_role on sso_providers (role_id) where role_id is not null;

-- Who says that an email domain is theirs. Nobody logs in by it before the platform approves it, and
-- then at one place: log-in finds it by the domain alone.
create table sso_domains (
    id uuid not null primary key,
    provider_id uuid not null references providers (id),
    sso_provider_id uuid not null references sso_providers (id),
    domain text not null,
    state text not null constraint sso_domains_state_check check (state in ('waiting', 'approved', 'refused')),
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index sso_domains_approved_unique on sso_domains (domain) where state = 'approved';
create unique index sso_domains_once_unique on sso_domains (sso_provider_id, domain);
create index sso_domains_by_domain on sso_domains (provider_id, domain, id);
create index sso_domains_all_by_domain on sso_domains (domain, id);

-- Who somebody is at an identity provider (security.md 20): by issuer and subject, never by email.
create table sso_identities (
    id uuid not null primary key,
    provider_id uuid not null references providers (id),
    sso_provider_id uuid not null references sso_providers (id),
    user_id uuid not null references users (id),
    issuer text not null,
    subject text not null,
    created_at bigint not null
);
create unique index sso_identities_unique on sso_identities (sso_provider_id, issuer, subject);
create unique index sso_identities_user_unique on sso_identities (sso_provider_id, user_id);
create index sso_identities_by_user on sso_identities (user_id);

create table sessions (
    id uuid not null primary key,
    user_id uuid not null references users (id),
    token_hash text not null,
    -- Where the user works: one of the grants' nodes, or one below it.
    node_id uuid not null,
    address text not null,
    user_agent text not null,
    -- The single sign-on that it began with, if so.
    sso_provider_id uuid constraint sessions_sso_fk references sso_providers (id),
    created_at bigint not null,
    last_seen_at bigint not null,
    expires_at bigint not null
);
create unique index sessions_token_unique on sessions (token_hash);
create index sessions_by_user on sessions (user_id);
create index sessions_by_sso on sessions (sso_provider_id) where sso_provider_id is not null;

create table tokens (
    id uuid not null primary key,
    user_id uuid not null references users (id),
    provider_id uuid,
    reseller_id uuid,
    customer_id uuid,
    name text not null,
    prefix text not null,
    token_hash text not null,
    node_id uuid not null,
    -- Empty: all that the owner may.
    permissions json not null,
    expires_at bigint,
    last_used_at bigint,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index tokens_token_unique on tokens (token_hash);
create index tokens_by_user on tokens (user_id, name);

create table preferences (
    user_id uuid not null references users (id),
    name text not null,
    value json not null,
    primary key (user_id, name)
);

-- A second factor (ACC-03): confirmed_at is null while it is being set up. The secret is encrypted.
create table second_factors (
    user_id uuid not null primary key references users (id),
    secret text not null,
    -- The time step of the last code that was taken: each works once.
    last_step bigint not null,
    confirmed_at bigint,
    created_at bigint not null
);

create table recovery_codes (
    user_id uuid not null references users (id),
    code_hash text not null,
    primary key (user_id, code_hash)
);

-- Who was asked to come (ONB-09). No account is told of, made or changed before the link is used.
create table invitations (
    id uuid not null primary key,
    provider_id uuid references providers (id),
    reseller_id uuid references resellers (id),
    customer_id uuid references customers (id),
    -- The node, or the nil UUID for the platform.
    node_id uuid not null,
    level text not null,
    email text not null,
    email_key text not null,
    display_name text not null,
    search_text text not null,
    language text not null,
    role_id uuid not null,
    state text not null constraint invitations_state_check check (state in ('pending', 'accepted', 'revoked')),
    invited_by uuid not null,
    invited_by_name text not null,
    -- Where the inviter worked: whether they may still give the role is asked again at the end.
    invited_at_node uuid not null,
    expires_at bigint not null,
    accepted_at bigint,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index invitations_pending_unique on invitations (email_key, node_id, role_id) where state = 'pending';
create index invitations_by_provider on invitations (provider_id, created_at, id);
create index invitations_by_created on invitations (created_at, id);

-- What works once and for one purpose (security.md 17): links in emails, and log-ins that wait for
-- their second factor. A link that is still to be sent is kept encrypted; what is used is deleted.
create table one_shots (
    id uuid not null primary key,
    purpose text not null,
    -- The invitation or the user.
    subject_id uuid not null,
    token_hash text not null,
    sealed text not null,
    expires_at bigint not null,
    created_at bigint not null
);
create unique index one_shots_token_unique on one_shots (token_hash);
create index one_shots_by_subject on one_shots (subject_id, purpose);
create index one_shots_by_expiry on one_shots (expires_at);
