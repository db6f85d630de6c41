-- One file with several layers becomes a delivery of each layer that is wanted, together a bundle: each with its system, its
-- mapping and its findings, accepted and taken back as one or by itself.

create sequence delivery.bundle_number;
grant usage on sequence delivery.bundle_number to predio_surveyor, predio_planner;
alter table delivery.delivery add column bundle bigint;
comment on column delivery.delivery.bundle is 'es: Paquete: las entregas de un mismo archivo | en: Bundle: the deliveries of one upload';
create index delivery_bundle on delivery.delivery (bundle) where bundle is not null;
select history.follow('delivery.delivery');
create or replace view delivery.own with (security_barrier) as
select * from delivery.delivery d where d.office = service.office_of(current_user) and access.may_act_in(d.ubigeo)
with check option;
comment on column delivery.own.bundle is 'es: Paquete: las entregas de un mismo archivo | en: Bundle: the deliveries of one upload';

-- Where each layer of a sender goes, kept for the next time.
create table delivery.layer_profile (
  id bigint generated always as identity constraint layer_profile_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  office text not null,
  sender text not null,
  layer text not null,
  target text not null,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  constraint layer_profile_is_one_per_layer unique (ubigeo, office, sender, layer)
);
select service.describe('delivery.layer_profile', 'es: A dónde va cada capa de un remitente | en: Where each layer of a sender goes',
  'office=es: Rol de la oficina | en: Role of the office', 'sender=es: Remitente | en: Sender', 'layer=es: Capa del archivo | en: Layer of the file',
  'target=es: Capa de destino | en: Layer that it goes to');
select history.track('delivery.layer_profile');
select audit.watch('delivery.layer_profile');
select access.limit_to_districts('delivery.layer_profile');
create view delivery.own_layer_profile with (security_barrier) as
select * from delivery.layer_profile p where p.office = service.office_of(current_user) and access.may_act_in(p.ubigeo)
with check option;
select service.describe('delivery.own_layer_profile', 'es: Lo propio de la oficina | en: What is the office''s own',
  'office=es: Rol de la oficina | en: Role of the office', 'sender=es: Remitente | en: Sender', 'layer=es: Capa del archivo | en: Layer of the file',
  'target=es: Capa de destino | en: Layer that it goes to');
grant select, insert, update on delivery.own_layer_profile to predio_surveyor, predio_planner;
