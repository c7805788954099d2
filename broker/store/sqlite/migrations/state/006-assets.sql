-- Addresses that sensors heard. What the policy calls them is not stored, so nothing here ages with it.

create table asset (
  seq integer not null constraint asset_is_in_order primary key,
  id text not null constraint asset_address_is_known_once unique,
  version integer not null constraint asset_version_counts_from_1 check (version >= 1),
  -- JSON array.
  protocols text not null constraint asset_protocols_are_a_list check (json_type(protocols) is 'array'),
  -- What a search looks in, in lower case: the address, the hardware address, what it says it is.
  words text not null,
  document text not null,
  constraint asset_document_says_the_same check (
    document ->> 'id' is id and document ->> 'version' is version
  )
) strict;

create trigger asset_version_rises_by_one before update on asset when new.version <> old.version + 1 begin
  select raise(abort, 'asset_version_rises_by_one');
end;

create trigger asset_is_never_deleted before delete on asset begin
  select raise(abort, 'asset_is_never_deleted');
end;

-- Whose alerts are open: an alert is about both of its ends, whatever the policy calls them.
alter table alert add column source_ip text
  generated always as (document ->> '$.document.source.ip') virtual;
alter table alert add column destination_ip text
  generated always as (document ->> '$.document.destination.ip') virtual;

create index alert_open_of_source on alert (source_ip, first_seen, seq) where status <> 'closed';
create index alert_open_of_destination on alert (destination_ip, first_seen, seq) where status <> 'closed';
