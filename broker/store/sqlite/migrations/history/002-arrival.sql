-- Operations are taken in the order in which they came, each sensor in turn: the time in a report is
-- what the sensor says, and would let it go before all others.

alter table operation add column sensor text generated always as (document ->> 'sensor') virtual;
alter table operation add column received integer not null default 0;

drop index operation_unexplained;
create index operation_unexplained on operation (sensor, received, at, id) where verdict is null;

-- An emission that was withdrawn before it was sent has a verdict of its own: nothing may claim it.

create table judged_emission (
  id text not null constraint emission_is_recorded_once primary key,
  sent_at integer not null,
  key text not null,
  changing integer not null constraint emission_changes_or_not check (changing in (0, 1)),
  verdict text constraint emission_verdict_is_known
    check (verdict in ('seen', 'never-seen', 'not-covered', 'not-sent')),
  document text not null constraint emission_is_json check (json_valid(document))
) strict, without rowid;

insert into judged_emission (id, sent_at, key, changing, verdict, document)
  select id, sent_at, key, changing, verdict, document from emission;

drop table emission;
alter table judged_emission rename to emission;

create index emission_unseen on emission (sent_at, id) where verdict is null and changing = 1;
create index emission_of_key on emission (key, sent_at);
