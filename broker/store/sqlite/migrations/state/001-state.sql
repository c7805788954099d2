-- What the broker keeps and changes: small, mutable, must be right. The columns are what the product
-- searches by or what a rule is about; the whole noun stands in `document`, and a check holds that
-- both say the same. Times are µs since 1970 UTC.

-- The state machines. '' = before it was made. The same tables stand in broker/access; a test compares.
create table valid_transition (
  noun text not null,
  prior text not null,
  next text not null,
  constraint valid_transition_is_named_once primary key (noun, prior, next)
) strict, without rowid;

insert into valid_transition (noun, prior, next) values
  ('request', '', 'pending'),
  ('request', 'pending', 'approved'),
  ('request', 'pending', 'denied'),
  ('request', 'pending', 'withdrawn'),
  ('request', 'pending', 'expired'),
  ('grant', '', 'scheduled'),
  ('grant', '', 'active'),
  ('grant', 'scheduled', 'active'),
  ('grant', 'scheduled', 'expired'),
  ('grant', 'scheduled', 'revoked'),
  ('grant', 'active', 'expired'),
  ('grant', 'active', 'revoked'),
  ('session', '', 'active'),
  ('session', 'active', 'grace'),
  ('session', 'active', 'ended'),
  ('session', 'grace', 'ended'),
  ('alert', '', 'new'),
  ('alert', 'new', 'acknowledged'),
  ('alert', 'new', 'closed'),
  ('alert', 'acknowledged', 'closed'),
  ('alert', 'acknowledged', 'new');

create table request (
  seq integer not null constraint request_is_in_order primary key,
  id text not null constraint request_id_is_used_once unique,
  version integer not null constraint request_version_counts_from_1 check (version >= 1),
  state text not null,
  requester text not null,
  vendor text not null,
  asset text not null,
  not_before integer not null,
  not_after integer not null,
  grace_until integer not null,
  document text not null,
  constraint request_clocks_are_in_order
    check (not_before < not_after and not_after <= grace_until),
  constraint request_document_says_the_same check (
    document ->> 'id' is id and document ->> 'version' is version
    and document ->> 'state' is state and document ->> 'requester' is requester
    and document ->> 'vendor' is vendor and document ->> 'asset' is asset
    and document ->> 'notBefore' is not_before and document ->> 'notAfter' is not_after
    and document ->> 'graceUntil' is grace_until
  )
) strict;

create index request_pending on request (seq) where state = 'pending';
create index request_of_requester on request (requester, seq);
create index request_of_vendor on request (vendor, seq);
create index request_of_asset on request (asset, seq);

create table grant (
  seq integer not null constraint grant_is_in_order primary key,
  id text not null constraint grant_id_is_used_once unique,
  version integer not null constraint grant_version_counts_from_1 check (version >= 1),
  state text not null,
  request text not null,
  person text not null,
  vendor text not null,
  not_before integer not null,
  not_after integer not null,
  grace_until integer not null,
  document text not null,
  constraint grant_comes_from_a_request
    foreign key (request) references request (id) deferrable initially deferred,
  constraint grant_clocks_are_in_order
    check (not_before < not_after and not_after <= grace_until),
  constraint grant_document_says_the_same check (
    document ->> 'id' is id and document ->> 'version' is version
    and document ->> 'state' is state and document ->> 'request' is request
    and document ->> 'person' is person and document ->> 'vendor' is vendor
    and document ->> 'notBefore' is not_before and document ->> 'notAfter' is not_after
    and document ->> 'graceUntil' is grace_until
  )
) strict;

create index grant_living on grant (seq) where state in ('scheduled', 'active');
create index grant_of_person on grant (person, seq);
create index grant_of_vendor on grant (vendor, seq);
create index grant_of_request on grant (request, seq);

create table session (
  seq integer not null constraint session_is_in_order primary key,
  id text not null constraint session_id_is_used_once unique,
  version integer not null constraint session_version_counts_from_1 check (version >= 1),
  state text not null,
  grant text not null,
  person text not null,
  vendor text not null,
  asset text not null,
  certificate text not null,
  ended_at integer,
  document text not null,
  constraint session_is_under_a_grant
    foreign key (grant) references grant (id) deferrable initially deferred,
  constraint session_end_has_a_time check ((state = 'ended') = (ended_at is not null)),
  constraint session_document_says_the_same check (
    document ->> 'id' is id and document ->> 'version' is version
    and document ->> 'state' is state and document ->> 'grant' is grant
    and document ->> 'person' is person and document ->> 'vendor' is vendor
    and document ->> 'asset' is asset and document ->> 'certificate' is certificate
    and document ->> 'endedAt' is ended_at
  )
) strict;

-- A certificate opens one session: two openings that race are decided here.
create unique index session_certificate_is_bound_once on session (certificate) where state <> 'ended';
create index session_open on session (seq) where state <> 'ended';
create index session_of_grant on session (grant, seq);
create index session_of_person on session (person, seq);
create index session_of_vendor on session (vendor, seq);
create index session_of_asset on session (asset, seq);

create table lock (
  seq integer not null constraint lock_is_in_order primary key,
  id text not null constraint lock_id_is_used_once unique,
  version integer not null constraint lock_version_counts_from_1 check (version >= 1),
  lifted_at integer,
  document text not null,
  constraint lock_document_says_the_same check (
    document ->> 'id' is id and document ->> 'version' is version
    and document ->> '$.lifted.at' is lifted_at
  )
) strict;

create index lock_in_force on lock (seq) where lifted_at is null;

create table sensor (
  seq integer not null constraint sensor_is_in_order primary key,
  id text not null constraint sensor_id_is_used_once unique,
  version integer not null constraint sensor_version_counts_from_1 check (version >= 1),
  certificate text not null constraint sensor_certificate_is_bound_once unique,
  document text not null,
  constraint sensor_document_says_the_same check (
    document ->> 'id' is id and document ->> 'version' is version
    and document ->> 'certificate' is certificate
  )
) strict;

create table policy (
  seq integer not null constraint policy_is_in_order primary key,
  id text not null constraint policy_id_is_used_once unique,
  version integer not null constraint policy_version_counts_from_1 check (version >= 1),
  active integer not null constraint policy_is_active_or_not check (active in (0, 1)),
  document text not null,
  constraint policy_document_says_the_same check (
    document ->> 'id' is id and document ->> 'version' is version
    and document ->> 'active' is active
  )
) strict;

create unique index policy_in_force_is_one on policy (active) where active = 1;
