-- Firmware packages that people uploaded, each with what verification said of it.

create table release (
  seq integer not null constraint release_is_in_order primary key,
  id text not null constraint release_is_known_once unique,
  version integer not null constraint release_has_one_version check (version = 1),
  -- A fault of the verifier is no verdict.
  verdict text not null constraint release_verdict_is_known check (verdict in ('allow', 'hold', 'deny')),
  -- What a search looks in, in lower case: vendor, product and version as the manifest says, the file's name.
  words text not null,
  document text not null,
  constraint release_document_says_the_same check (
    document ->> 'id' is id and document ->> 'version' is version and document ->> 'verdict' is verdict
  )
) strict;

create index release_by_verdict on release (verdict, seq);

create trigger release_is_never_changed before update on release begin
  select raise(abort, 'release_is_never_changed');
end;

create trigger release_is_never_deleted before delete on release begin
  select raise(abort, 'release_is_never_deleted');
end;
