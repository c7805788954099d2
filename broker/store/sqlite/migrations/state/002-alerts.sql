-- Alerts are listed by the time they were first seen, which never changes, so a cursor skips nothing.
-- A million closed ones may lie beside a thousand open: what is open has an index of its own.

create table alert (
  seq integer not null constraint alert_is_in_order primary key,
  id text not null constraint alert_id_is_used_once unique,
  version integer not null constraint alert_version_counts_from_1 check (version >= 1),
  status text not null,
  severity integer not null constraint alert_severity_is_0_to_100 check (severity between 0 and 100),
  first_seen integer not null,
  last_seen integer not null,
  asset text,
  dedup_key text not null,
  -- What a search looks in: the sentence, the rule's name, the addresses.
  words text not null,
  document text not null,
  constraint alert_document_says_the_same check (
    document ->> 'id' is id and document ->> 'version' is version
    and document ->> 'status' is status and document ->> 'severity' is severity
    and document ->> 'firstSeen' is first_seen and document ->> 'lastSeen' is last_seen
  )
) strict;

create index alert_by_time on alert (first_seen, seq, severity);
create index alert_open_by_time on alert (first_seen, seq, severity) where status <> 'closed';
create index alert_closed_by_time on alert (first_seen, seq, severity) where status = 'closed';
create index alert_of_asset on alert (asset, first_seen, seq) where asset is not null;
create index alert_of_dedup_key on alert (dedup_key, seq);

create virtual table alert_words using fts5 (words, content = 'alert', content_rowid = 'seq');

create trigger alert_words_added after insert on alert begin
  insert into alert_words (rowid, words) values (new.seq, new.words);
end;

create trigger alert_words_changed after update of words on alert when new.words <> old.words begin
  insert into alert_words (alert_words, rowid, words) values ('delete', old.seq, old.words);
  insert into alert_words (rowid, words) values (new.seq, new.words);
end;

create table alert_count (
  status text not null constraint alert_status_is_counted_once primary key,
  alerts integer not null constraint alert_count_is_not_negative check (alerts >= 0)
) strict, without rowid;

insert into alert_count (status, alerts) values ('new', 0), ('acknowledged', 0), ('closed', 0);

create trigger alert_counted after insert on alert begin
  update alert_count set alerts = alerts + 1 where status = new.status;
end;

create trigger alert_recounted after update of status on alert when new.status <> old.status begin
  update alert_count set alerts = alerts - 1 where status = old.status;
  update alert_count set alerts = alerts + 1 where status = new.status;
end;
