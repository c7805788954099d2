-- Which policies were in force, and which were refused, is asked of the log by what was done.

alter table audit_leaf add column action text generated always as (leaf ->> 'action') virtual;

create index audit_leaf_of_action on audit_leaf (action, position);
