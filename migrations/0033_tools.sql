-- Tools of migrations are nobody's to call. They could do nothing in another role, and a role's list of what it may
-- call is short enough to be read.
revoke execute on function service.describe(regclass, text, text[]), history.track(regclass),
  audit.watch(regclass, text, text), access.limit_to_districts(regclass, text) from public;
