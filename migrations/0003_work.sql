-- What is done and how it is remembered: audit, idempotency, jobs, imports.

-- Permanent: no foreign keys, since events outlive what they tell of (AUD-02).
create table audit_events (
    id uuid not null primary key,
    at bigint not null,
    provider_id uuid,
    reseller_id uuid,
    customer_id uuid,
    actor_id uuid not null,
    actor_name text not null,
    actor_provider_id uuid,
    -- The customer as whose admin somebody from above it worked (ACC-13).
    on_behalf_of uuid,
    source text not null,
    request_id text not null,
    address text not null,
    object_type text not null,
    object_id uuid not null,
    object_name text not null,
    action text not null,
    changes json not null,
    -- The changed fields as a list, for filters.
    fields text not null,
    reason text not null,
    job_id uuid,
    -- Its place in the chain of seals, once it has one: the only thing that ever changes here.
    position bigint
);
create index audit_events_by_provider on audit_events (provider_id, at, id);
create index audit_events_by_reseller on audit_events (reseller_id, at, id) where reseller_id is not null;
create index audit_events_by_customer on audit_events (customer_id, at, id) where customer_id is not null;
create index audit_events_by_object on audit_events (object_id, at, id);
create index audit_events_by_at on audit_events (at, id);
-- What a job did: the undo of an import walks it backwards.
create index audit_events_by_job on audit_events (job_id, at, id) where job_id is not null;

create unique index audit_events_by_position on audit_events (position) where position is not null;
-- What waits for its seal: few rows, so that writers hardly pay for it.
create index audit_events_unsealed on audit_events (at, id) where position is null;

-- The chain (AUD-03): each seal signs the digests of its events and the seal before it.
create table audit_seals (
    n bigint not null primary key,
    first bigint not null,
    count bigint not null,
    previous text not null,
    hash text not null,
    key_id text not null,
    signature text not null,
    sealed_at bigint not null,
    -- 32 bytes of each event, in order.
    digests bytea not null
);

create table idempotency_keys (
    user_id uuid not null,
    key text not null,
    fingerprint text not null,
    created_at bigint not null,
    answer json not null,
    primary key (user_id, key)
);
create index idempotency_keys_by_created on idempotency_keys (created_at);

create table jobs (
    id uuid not null primary key,
    provider_id uuid,
    reseller_id uuid,
    customer_id uuid,
    user_id uuid not null,
    user_name text not null,
    -- The node at which its initiator worked; the nil UUID is the platform.
    node_id uuid not null,
    credential_id uuid,
    kind text not null,
    object_id uuid,
    input json not null,
    state text not null constraint jobs_state_check check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
    progress_done bigint not null,
    progress_total bigint not null,
    message text not null,
    error text not null,
    -- What came of it; the job's own business, like where to go on after a crash.
    result json not null,
    checkpoint json not null,
    cancel_requested boolean not null,
    attempts bigint not null,
    lease_token uuid,
    lease_until bigint not null,
    run_at bigint not null,
    started_at bigint,
    finished_at bigint,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create index jobs_due on jobs (state, run_at);
create index jobs_by_provider on jobs (provider_id, created_at, id);
create index jobs_by_created on jobs (created_at, id);
create index jobs_by_object on jobs (object_id) where object_id is not null;

-- Recurring work of the installation itself: due by the clock, leased by the database's time.
create table schedules (
    name text not null primary key,
    due_at bigint not null,
    lease_token uuid,
    lease_until bigint not null,
    finished_at bigint,
    error text not null
);

create table imports (
    id uuid not null primary key,
    provider_id uuid,
    reseller_id uuid,
    customer_id uuid,
    user_id uuid not null,
    user_name text not null,
    object text not null,
    file_name text not null,
    format text not null,
    delimiter text not null,
    encoding text not null,
    file_hash text not null,
    file_size bigint not null,
    headers json not null,
    sample json not null,
    suggested_mapping json not null,
    mapping json not null,
    match_columns json not null,
    separator text not null,
    good_rows_only boolean not null,
    node_id uuid,
    state text not null,
    message text not null,
    job_id uuid,
    rows_total bigint not null,
    rows_created bigint not null,
    rows_updated bigint not null,
    rows_unchanged bigint not null,
    rows_refused bigint not null,
    rows_cleaned bigint not null,
    ignored_columns json not null,
    notes json not null,
    planned_at bigint,
    expires_at bigint,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create index imports_by_provider on imports (provider_id, created_at, id);
create index imports_by_created on imports (created_at, id);

-- The uploaded file, in pieces, where every node finds it.
create table import_chunks (
    import_id uuid not null references imports (id),
    n bigint not null,
    bytes bytea not null,
    primary key (import_id, n)
);

-- What a plan or a run says of single rows; of the outcomes that need no attention only the first.
create table import_rows (
    import_id uuid not null references imports (id),
    phase text not null,
    outcome text not null,
    line bigint not null,
    object_id uuid,
    title text not null,
    changes json not null,
    errors json not null,
    cleaned json not null,
    primary key (import_id, phase, outcome, line)
);

-- Outgoing email (ONB-10): written with the action that it tells of, sent afterwards, kept as a log.
-- Where a link stands in the text, its secret is masked; the link itself is in one_shots.
create table mail_messages (
    id uuid not null primary key,
    provider_id uuid,
    reseller_id uuid,
    customer_id uuid,
    kind text not null,
    recipient text not null,
    sender text not null,
    reply_to text not null,
    language text not null,
    subject text not null,
    body_text text not null,
    body_html text not null,
    search_text text not null,
    link_id uuid,
    state text not null constraint mail_messages_state_check check (state in ('queued', 'sent', 'failed')),
    tries bigint not null,
    -- Since when it was asked to be sent the last time: the pauses between tries grow from here.
    queued_at bigint not null,
    next_try_at bigint not null,
    errors json not null,
    lease_token uuid,
    lease_until bigint not null,
    sent_at bigint,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create index mail_messages_due on mail_messages (next_try_at) where state = 'queued';
create index mail_messages_by_provider on mail_messages (provider_id, created_at, id);
create index mail_messages_by_created on mail_messages (created_at, id);
