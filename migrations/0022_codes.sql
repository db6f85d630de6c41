-- Numbers are allocated here, under the lock of a counter, never by a client's max() + 1; and what the register
-- holds of a parcel follows it through an operation.

create table land.code_counter (
  ubigeo text not null references land.district (ubigeo),
  prefix text not null,
  last integer not null,
  constraint code_counter_pkey primary key (ubigeo, prefix)
);

-- CUC of parcels that are no more, and codes that were taken back: none is ever given again.
create table land.retired_cuc (
  cuc text constraint retired_cuc_pkey primary key,
  parcel_id bigint not null references land.parcel,
  operation_id bigint references land.operation,
  retired_at timestamptz not null default now()
);
create trigger retired_cuc_is_append_only before update or delete or truncate on land.retired_cuc
  for each statement execute function audit.refuse_change();

-- Parts of a division that does not comply keep the code of the lot they are parts of.
alter table land.parcel add column matrix_cuc text
  constraint parcel_matrix_cuc_has_twelve_digits check (matrix_cuc ~ '^[0-9]{12}$');

select service.describe('land.code_counter', 'es: Últimos números asignados | en: Last numbers allocated',
  'prefix=es: Comienzo del código | en: Beginning of the code', 'last=es: Último número | en: Last number');
select service.describe('land.retired_cuc', 'es: Códigos únicos catastrales en el archivo histórico | en: Unique cadastral codes in the historical archive',
  'cuc=es: Código único catastral | en: Unique cadastral code', 'operation_id=es: Operación | en: Operation',
  'retired_at=es: Archivado | en: Archived');
comment on column land.parcel.matrix_cuc is
  'es: CUC del lote del que es parte sin habilitación | en: CUC of the lot of which it is a part without compliance';

create function land.keep_cuc() returns trigger language plpgsql
security definer set search_path = pg_catalog, public as $$
begin
  if new.cuc is not null and exists (select from land.retired_cuc r where r.cuc = new.cuc) then
    raise exception using errcode = 'unique_violation', constraint = 'parcel_cuc_is_never_reused',
      message = 'this unique cadastral code is in the historical archive and is never given again';
  end if;
  if tg_op = 'UPDATE' and old.cuc is not null and new.cuc is distinct from old.cuc then
    insert into land.retired_cuc (cuc, parcel_id, operation_id) values (old.cuc, old.id, land.current_operation());
  end if;
  return new;
end
$$;
create trigger keep_cuc before insert or update of cuc on land.parcel for each row execute function land.keep_cuc();

-- The next number behind a prefix. Numbers from 900 on are left to parcels of a special kind.
create function land.next_number(ubigeo text, prefix text, digits integer) returns text language plpgsql volatile
security definer set search_path = pg_catalog, public as $$
declare
  number integer;
  special constant integer := 9 * (10 ^ (digits - 1))::integer;
begin
  loop
    insert into land.code_counter as counter (ubigeo, prefix, last)
    select next_number.ubigeo, next_number.prefix, coalesce(max(right(p.code, digits)::integer), 0) + 1
    from land.parcel p
    where p.ubigeo = next_number.ubigeo
      and p.code like next_number.prefix || '%'
      and right(p.code, -length(next_number.prefix)) ~ ('^[0-9]{' || digits || '}$')
      and right(p.code, digits)::integer < special
    on conflict on constraint code_counter_pkey do update set last = counter.last + 1
    returning last into number;
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

create function land.digits_of(kind text, piece text) returns integer language sql stable as $$
  select digits from land.code_piece where code_kind = kind and name = piece
$$;

-- A new identity: a lot of its block, or outside blocks a local number (a UC is the ministry's to give).
create function land.new_parcel(ubigeo text, sector_code text, block_code text) returns bigint language plpgsql volatile
security definer set search_path = pg_catalog, public as $$
declare
  prefix text := ubigeo || sector_code || block_code;
  made bigint;
begin
  insert into land.parcel (ubigeo, code, kind)
  select new_parcel.ubigeo,
    case when prefix is null then 'L-' || land.next_number(new_parcel.ubigeo, 'L-', 6)
    else prefix || land.next_number(new_parcel.ubigeo, prefix, land.digits_of('lot', 'lot')) end,
    case when prefix is null then 'rural' else 'urban' end
  returning id into made;
  return made;
end
$$;
comment on function land.new_parcel is 'A new identity with a code that nobody else got';

-- CRC of the next unit on a lot: every piece behind the lot is 1 until the unit is taken.
create function land.next_crc(ubigeo text, lot text) returns text language plpgsql volatile
security definer set search_path = pg_catalog, public as $$
declare
  middle text;
  unit_digits integer := land.digits_of('crc', 'unit');
  unit integer := 1;
begin
  if length(lot) <> (select sum(digits) from land.code_piece where code_kind = 'lot') or lot !~ '^[0-9]+$' then
    return null;
  end if;
  select lot || string_agg(lpad('1', c.digits, '0'), '' order by c.position) into middle
  from land.code_piece c
  where c.code_kind = 'crc' and c.name <> 'unit'
    and c.position > (select max(position) from land.code_piece where code_kind = 'lot');
  while exists (
    select from land.property_unit u where u.ubigeo = next_crc.ubigeo and u.crc = middle || lpad(unit::text, unit_digits, '0'))
  loop
    unit := unit + 1;
  end loop;
  return middle || lpad(unit::text, unit_digits, '0');
end
$$;

-- A parcel that is drawn by SQL need not bring its identity, district or period.
create function land.enter_as_provisional(entered land.parcel_version) returns land.parcel_version
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  if entered.fabric_state <> 'provisional' then
    raise exception using errcode = 'check_violation', constraint = 'parcel_version_agreed_by_operation',
      message = 'only an operation makes a parcel agreed',
      hint = 'enter it as provisional, then POST /api/v1/parcels/agree';
  end if;
  if exists (select from land.parcel_version where parcel_id = entered.parcel_id) then
    raise exception using errcode = 'check_violation', constraint = 'parcel_version_changes_by_operation',
      message = 'a parcel that is there already changes by an operation only',
      hint = 'POST /api/v1/parcels/{code}/replace';
  end if;
  entered.valid := coalesce(entered.valid, daterange((now() at time zone 'America/Lima')::date, null));
  entered.ubigeo := coalesce(entered.ubigeo, (
    select d.ubigeo from land.district d where st_intersects(d.geom, st_pointonsurface(st_makevalid(entered.geom))) limit 1));
  if exists (
    select from land.parcel_version w
    where w.geom && entered.geom and w.valid && entered.valid and w.fabric_state = 'agreed'
      and st_area(st_intersection(st_makevalid(entered.geom), w.geom, 0.001)) > 0
  ) then
    raise exception using errcode = 'check_violation', constraint = 'parcel_version_enters_on_free_land',
      message = 'a new parcel enters on free land; here an agreed parcel is in force',
      hint = 'POST /api/v1/parcels/{code}/detach or …/split divides the agreed one';
  end if;
  if entered.parcel_id is null then
    entered.parcel_id := land.new_parcel(entered.ubigeo, entered.sector_code, entered.block_code);
    if entered.block_code is not null then
      entered.lot_code := coalesce(entered.lot_code,
        (select right(p.code, land.digits_of('lot', 'lot')) from land.parcel p where p.id = entered.parcel_id));
    end if;
  end if;
  return entered;
end
$$;

-- What the register holds, followed through an operation -------------------------------------------------

-- Ends the rights on a unit; one that began on the very day was never in force, and counts no more.
create function land.end_rights(unit bigint, day date) returns void language plpgsql volatile
security definer set search_path = pg_catalog, public as $$
begin
  update land.tenure_right_version v set annulled = true
  from land.tenure_right r
  where r.id = v.tenure_right_id and r.property_unit_id = unit and lower(v.valid) >= day and not v.annulled;
  update land.tenure_right_version v set valid = daterange(lower(v.valid), day)
  from land.tenure_right r
  where r.id = v.tenure_right_id and r.property_unit_id = unit and lower(v.valid) < day and v.valid @> day and not v.annulled;
end
$$;

-- A child's unit with a CRC of its own and the rights of the parent's: who held the whole holds the parts, until an
-- act says otherwise.
create function land.carry_rights(parent bigint, child bigint, day date, source bigint) returns void language plpgsql volatile
security definer set search_path = pg_catalog, public as $$
declare
  unit bigint;
  made bigint;
  held record;
begin
  select property_unit_id into unit from land.property_unit_parcel where property_unit_id in (
    select u.property_unit_id from land.property_unit_parcel u where u.parcel_id = parent)
  group by property_unit_id order by property_unit_id limit 1;
  insert into land.property_unit (ubigeo, crc, kind)
  select p.ubigeo, land.next_crc(p.ubigeo, p.code), 'parcel' from land.parcel p where p.id = child
  returning id into made;
  insert into land.property_unit_parcel (property_unit_id, parcel_id) values (made, child);
  for held in
    select r.kind, v.valid, v.party_id, v.share_numerator, v.share_denominator
    from land.tenure_right r join land.tenure_right_version v on v.tenure_right_id = r.id
    where r.property_unit_id = unit and v.valid @> day and not v.annulled
  loop
    with made_right as (
      insert into land.tenure_right (property_unit_id, kind) values (made, held.kind) returning id
    )
    insert into land.tenure_right_version (tenure_right_id, valid, party_id, share_numerator, share_denominator, source_id)
    select id, daterange(day, upper(held.valid)), held.party_id, held.share_numerator, held.share_denominator, source
    from made_right;
  end loop;
end
$$;

-- What the register does when an operation leaves parents and children. A burden on the whole lies on its parts.
create function land.register_follows(operation_id bigint, parents bigint[], children bigint[]) returns void
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
  operation land.operation;
  child bigint;
  burden record;
begin
  select * into operation from land.operation o where o.id = operation_id and o.id = land.current_operation();
  if operation.id is null or exists (
    select from unnest(parents || children) touched
    where not exists (select from land.operation_parcel p where p.operation_id = operation.id and p.parcel_id = touched)
  ) then
    raise exception using errcode = 'insufficient_privilege', constraint = 'register_follows_its_operation',
      message = 'the register follows the parcels of the operation of this transaction only';
  end if;
  foreach child in array children loop
    if operation.lawful is false then
      insert into land.property_unit_parcel (property_unit_id, parcel_id)
      select distinct u.property_unit_id, child from land.property_unit_parcel u where u.parcel_id = any (parents)
      on conflict do nothing;
      update land.parcel set matrix_cuc = (select coalesce(p.cuc, p.matrix_cuc) from land.parcel p where p.id = parents[1])
      where id = child;
    else
      perform land.carry_rights(parents[1], child, operation.effective_on, operation.source_id);
    end if;
    for burden in
      select b.kind, v.* from land.restriction_version v join land.restriction b on b.id = v.restriction_id
      where v.parcel_id = any (parents) and v.valid @> operation.effective_on
    loop
      with made as (
        insert into land.restriction (ubigeo, kind) values (operation.ubigeo, burden.kind) returning id
      )
      insert into land.restriction_version (restriction_id, valid, parcel_id, title, description, norm_id, office, source_id, geom)
      select id, daterange(operation.effective_on, upper(burden.valid)), child, burden.title, burden.description,
        burden.norm_id, burden.office, burden.source_id, burden.geom
      from made;
    end loop;
  end loop;
  if operation.lawful is distinct from false then
    update land.parcel set cuc = null where id = any (parents) and cuc is not null;
    perform land.end_rights(u.property_unit_id, operation.effective_on)
    from land.property_unit_parcel u
    where operation.kind in ('split', 'merge') and u.parcel_id = any (parents)
    order by u.property_unit_id;
  end if;
end
$$;
comment on function land.register_follows is 'Property units, rights, burdens and codes of the parcels that an operation makes';

grant select on land.retired_cuc to predio_planner, predio_surveyor, predio_titling;

-- They act as the owner: only the surveyor's operations call them, and each other.
revoke execute on function land.enter_as_provisional(land.parcel_version), land.next_number(text, text, integer),
  land.new_parcel(text, text, text), land.next_crc(text, text), land.end_rights(bigint, date),
  land.carry_rights(bigint, bigint, date, bigint), land.register_follows(bigint, bigint[], bigint[]) from public;
grant execute on function land.new_parcel(text, text, text), land.register_follows(bigint, bigint[], bigint[]) to predio_surveyor;
