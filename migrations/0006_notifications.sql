-- What people are told in the console, and by email if they want it (ONB-12).

create table notifications (
    id uuid not null primary key,
    at bigint not null,
    kind text not null,
    -- What it is about lies there: whoever may read that is told.
    provider_id uuid,
    reseller_id uuid,
    customer_id uuid,
    -- Or one person alone, who asked for it.
    user_id uuid,
    object_type text not null,
    object_id uuid not null,
    -- What its sentence is filled with.
    details json not null,
    is_mailed boolean not null
);
create index notifications_by_at on notifications (at, id);
create index notifications_by_provider on notifications (provider_id, at, id);
create index notifications_by_reseller on notifications (reseller_id, at, id) where reseller_id is not null;
create index notifications_by_customer on notifications (customer_id, at, id) where customer_id is not null;
create index notifications_by_user on notifications (user_id, at, id) where user_id is not null;
create index notifications_unmailed on notifications (at, id) where not is_mailed;

-- What somebody has read, beyond what `notifications_read` says of all before a moment.
create table notification_reads (
    user_id uuid not null references users (id) on delete cascade,
    notification_id uuid not null references notifications (id) on delete cascade,
    primary key (user_id, notification_id)
);
create table notifications_read (
    user_id uuid not null primary key references users (id) on delete cascade,
    read_at bigint not null
);

create table notification_preferences (
    user_id uuid not null references users (id) on delete cascade,
    kind text not null,
    in_app boolean not null,
    email boolean not null,
    primary key (user_id, kind)
);
create index notification_preferences_by_email on notification_preferences (kind, user_id) where email;
