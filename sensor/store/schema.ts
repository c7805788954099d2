/**
 * The sensor's own database. What it tells the broker lies in `outbox` until the broker has it; the
 * rest is kept for the people at the site.
 *
 * Times are µs since 1970. Documents are JSON as docs/contracts.md shapes it. Each migration runs
 * once, in order; `pragma user_version` says how many have run.
 */
export const MIGRATIONS: readonly string[] = [
  `
  create table alert (
    id text primary key,
    last_seen integer not null,
    document text not null,
    -- 1 once the broker has it in some state; only then can it take its evidence
    delivered integer not null default 0,
    constraint alert_delivered_is_a_flag check (delivered in (0, 1))
  ) strict;
  create index alert_last_seen on alert (last_seen);

  create table event (
    id text primary key,
    at integer not null,
    document text not null
  ) strict;
  create index event_at on event (at);

  create table asset (
    ip text primary key,
    document text not null
  ) strict;

  create table health (
    at integer primary key,
    document text not null
  ) strict;

  -- routine traffic of minutes that are not over yet
  create table traffic (
    minute integer not null,
    client text not null,
    server text not null,
    port integer not null,
    protocol text not null,
    unit integer not null,
    function_code integer not null,
    count integer not null,
    primary key (minute, client, server, port, protocol, unit, function_code),
    constraint traffic_counts_something check (count > 0)
  ) strict, without rowid;

  create table evidence (
    alert text primary key,
    at integer not null,
    sha256 text not null,
    pcapng blob not null,
    sent integer not null default 0,
    constraint evidence_sent_is_a_flag check (sent in (0, 1))
  ) strict;
  create index evidence_waiting on evidence (at) where sent = 0;

  create table outbox (
    seq integer primary key autoincrement,
    id text not null constraint outbox_item_stands_once unique,
    -- what goes first: 0 alert, 1 operation, 2 health, 3 asset, 4 aggregate
    rank integer not null,
    kind text not null,
    -- of things that change, only the newest state waits
    subject text,
    document text not null,
    bytes integer not null,
    constraint outbox_kind_is_known
      check (kind in ('alert', 'operation', 'health', 'asset', 'aggregate')),
    constraint outbox_newest_state_of_a_subject unique (kind, subject)
  ) strict;
  create index outbox_order on outbox (rank, seq);

  create table meter (
    name text primary key,
    value integer not null
  ) strict, without rowid;
  insert into meter values ('outbox rows', 0), ('outbox bytes', 0), ('given up', 0);
  create trigger outbox_grows after insert on outbox begin
    update meter set value = value + 1 where name = 'outbox rows';
    update meter set value = value + new.bytes where name = 'outbox bytes';
  end;
  create trigger outbox_shrinks after delete on outbox begin
    update meter set value = value - 1 where name = 'outbox rows';
    update meter set value = value - old.bytes where name = 'outbox bytes';
  end;
  `,
  // Triggers that counted were a third of what a row of the outbox cost; the outbox counts for itself.
  `
  drop trigger outbox_grows;
  drop trigger outbox_shrinks;
  delete from meter where name in ('outbox rows', 'outbox bytes');
  `,
  // Operations have no subject, and an entry in its index for each of them was work for nothing.
  `
  create table outbox_slim (
    seq integer primary key autoincrement,
    id text not null constraint outbox_item_stands_once unique,
    -- what goes first: 0 alert, 1 operation, 2 health, 3 asset, 4 aggregate
    rank integer not null,
    kind text not null,
    -- of things that change, only the newest state waits
    subject text,
    document text not null,
    bytes integer not null,
    constraint outbox_kind_is_known
      check (kind in ('alert', 'operation', 'health', 'asset', 'aggregate'))
  ) strict;
  insert into outbox_slim (seq, id, rank, kind, subject, document, bytes)
    select seq, id, rank, kind, subject, document, bytes from outbox;
  drop table outbox;
  alter table outbox_slim rename to outbox;
  create index outbox_order on outbox (rank, seq);
  create unique index outbox_newest_state_of_a_subject on outbox (kind, subject)
    where subject is not null;
  `,
];
