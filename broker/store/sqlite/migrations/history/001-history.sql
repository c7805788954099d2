-- One month of what sensors saw change and of what the gate emitted. A verdict of the join that is
-- absent is still sought; a file in which none is absent is not searched again.

create table operation (
  id text not null constraint operation_is_reported_once primary key,
  at integer not null,
  verdict text constraint operation_verdict_is_known
    check (verdict in ('emitted', 'local-operator', 'unexplained')),
  emission text,
  document text not null constraint operation_is_json check (json_valid(document))
) strict, without rowid;

create index operation_unexplained on operation (at, id) where verdict is null;

create table emission (
  id text not null constraint emission_is_recorded_once primary key,
  sent_at integer not null,
  key text not null,
  changing integer not null constraint emission_changes_or_not check (changing in (0, 1)),
  verdict text constraint emission_verdict_is_known
    check (verdict in ('seen', 'never-seen', 'not-covered')),
  document text not null constraint emission_is_json check (json_valid(document))
) strict, without rowid;

create index emission_unseen on emission (sent_at, id) where verdict is null and changing = 1;
create index emission_of_key on emission (key, sent_at);
