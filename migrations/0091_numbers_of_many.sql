-- Numbers for many parcels at once. The counter of a prefix was worked out anew for each number, by looking through every
-- parcel of the district: of 50,000 parcels that enter together each looked at all before it. Now only the first number
-- behind a prefix looks.
create or replace function land.next_number(ubigeo text, prefix text, digits integer) returns text language plpgsql volatile
security definer set search_path = pg_catalog, public as $$
declare
  number integer;
  special constant integer := 9 * (10 ^ (digits - 1))::integer;
begin
  loop
    update land.code_counter counter set last = counter.last + 1
    where counter.ubigeo = next_number.ubigeo and counter.prefix = next_number.prefix
    returning last into number;
    if number is null then
      -- Of two first ones the second waits here for the first, and goes on from its number.
      insert into land.code_counter as counter (ubigeo, prefix, last)
      select next_number.ubigeo, next_number.prefix, coalesce(max(right(p.code, digits)::integer), 0) + 1
      from land.parcel p
      where p.ubigeo = next_number.ubigeo
        and p.code like next_number.prefix || '%'
        and right(p.code, -length(next_number.prefix)) ~ ('^[0-9]{' || digits || '}$')
        and right(p.code, digits)::integer < special
      on conflict on constraint code_counter_pkey do update set last = counter.last + 1
      returning last into number;
    end if;
    if number >= 10 ^ digits then
      raise exception using errcode = 'check_violation', constraint = 'parcel_code_runs_out',
        message = format('no number is left behind %s', prefix);
    end if;
    exit when not exists (
      select from land.parcel p where p.ubigeo = next_number.ubigeo and p.code = prefix || lpad(number::text, digits, '0'));
  end loop;
  return lpad(number::text, digits, '0');
end
$$;
