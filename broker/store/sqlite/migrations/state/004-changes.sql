-- Each change of a noun: the version rises by one, the state follows `valid_transition`, nothing is deleted.

create trigger request_begins_validly before insert on request
when not exists (
  select 1 from valid_transition where noun = 'request' and prior = '' and next = new.state
) begin
  select raise(abort, 'request_begins_validly: it cannot begin as ' || new.state);
end;

create trigger request_goes_on_validly before update of state on request
when new.state <> old.state and not exists (
  select 1 from valid_transition where noun = 'request' and prior = old.state and next = new.state
) begin
  select raise(abort, 'request_goes_on_validly: it cannot go from ' || old.state || ' to ' || new.state);
end;

create trigger grant_begins_validly before insert on grant
when not exists (
  select 1 from valid_transition where noun = 'grant' and prior = '' and next = new.state
) begin
  select raise(abort, 'grant_begins_validly: it cannot begin as ' || new.state);
end;

create trigger grant_goes_on_validly before update of state on grant
when new.state <> old.state and not exists (
  select 1 from valid_transition where noun = 'grant' and prior = old.state and next = new.state
) begin
  select raise(abort, 'grant_goes_on_validly: it cannot go from ' || old.state || ' to ' || new.state);
end;

create trigger session_begins_validly before insert on session
when not exists (
  select 1 from valid_transition where noun = 'session' and prior = '' and next = new.state
) begin
  select raise(abort, 'session_begins_validly: it cannot begin as ' || new.state);
end;

create trigger session_goes_on_validly before update of state on session
when new.state <> old.state and not exists (
  select 1 from valid_transition where noun = 'session' and prior = old.state and next = new.state
) begin
  select raise(abort, 'session_goes_on_validly: it cannot go from ' || old.state || ' to ' || new.state);
end;

create trigger alert_begins_validly before insert on alert
when not exists (
  select 1 from valid_transition where noun = 'alert' and prior = '' and next = new.status
) begin
  select raise(abort, 'alert_begins_validly: it cannot begin as ' || new.status);
end;

create trigger alert_goes_on_validly before update of status on alert
when new.status <> old.status and not exists (
  select 1 from valid_transition where noun = 'alert' and prior = old.status and next = new.status
) begin
  select raise(abort, 'alert_goes_on_validly: it cannot go from ' || old.status || ' to ' || new.status);
end;

create trigger request_version_rises_by_one before update on request when new.version <> old.version + 1 begin
  select raise(abort, 'request_version_rises_by_one');
end;

create trigger request_is_never_deleted before delete on request begin
  select raise(abort, 'request_is_never_deleted');
end;

create trigger grant_version_rises_by_one before update on grant when new.version <> old.version + 1 begin
  select raise(abort, 'grant_version_rises_by_one');
end;

create trigger grant_is_never_deleted before delete on grant begin
  select raise(abort, 'grant_is_never_deleted');
end;

create trigger session_version_rises_by_one before update on session when new.version <> old.version + 1 begin
  select raise(abort, 'session_version_rises_by_one');
end;

create trigger session_is_never_deleted before delete on session begin
  select raise(abort, 'session_is_never_deleted');
end;

create trigger lock_version_rises_by_one before update on lock when new.version <> old.version + 1 begin
  select raise(abort, 'lock_version_rises_by_one');
end;

create trigger lock_is_never_deleted before delete on lock begin
  select raise(abort, 'lock_is_never_deleted');
end;

create trigger sensor_version_rises_by_one before update on sensor when new.version <> old.version + 1 begin
  select raise(abort, 'sensor_version_rises_by_one');
end;

create trigger sensor_is_never_deleted before delete on sensor begin
  select raise(abort, 'sensor_is_never_deleted');
end;

create trigger policy_version_rises_by_one before update on policy when new.version <> old.version + 1 begin
  select raise(abort, 'policy_version_rises_by_one');
end;

create trigger policy_is_never_deleted before delete on policy begin
  select raise(abort, 'policy_is_never_deleted');
end;

create trigger alert_version_rises_by_one before update on alert when new.version <> old.version + 1 begin
  select raise(abort, 'alert_version_rises_by_one');
end;

create trigger alert_is_never_deleted before delete on alert begin
  select raise(abort, 'alert_is_never_deleted');
end;
