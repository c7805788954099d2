-- A deduplication key is what somebody says of its own alerts: a sensor's says nothing of another's,
-- nor of those that the broker raises by itself.

alter table alert add column origin text
  generated always as (coalesce(document ->> 'sensor', 'broker')) virtual;

drop index alert_of_dedup_key;
create index alert_of_dedup_key on alert (origin, dedup_key, seq);
