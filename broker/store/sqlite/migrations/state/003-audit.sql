-- Leaves of the Merkle log, in order and without gaps; `leaf` is the canonical JSON that is hashed.

create table audit_leaf (
  position integer not null constraint audit_leaf_has_one_position primary key,
  actor text not null,
  subject text not null,
  leaf text not null,
  constraint audit_leaf_says_the_same check (
    leaf ->> 'actor' is actor and leaf ->> 'subject' is subject
    and leaf ->> 'outcome' in ('allowed', 'denied', 'failed')
  )
) strict;

create index audit_leaf_of_actor on audit_leaf (actor, position);
create index audit_leaf_of_subject on audit_leaf (subject, position);

create trigger audit_leaf_follows_the_last before insert on audit_leaf
when new.position <> (select coalesce(max(position) + 1, 0) from audit_leaf) begin
  select raise(abort, 'audit_leaf_follows_the_last: the log has no gaps');
end;

create trigger audit_leaf_is_never_changed before update on audit_leaf begin
  select raise(abort, 'audit_leaf_is_never_changed: the log is append-only');
end;

create trigger audit_leaf_is_never_deleted before delete on audit_leaf begin
  select raise(abort, 'audit_leaf_is_never_deleted: the log is append-only');
end;
