//! Changes of a return: compared and applied in the name of the office, through its views and the doors of the layers.

use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::super::model::Delivery;
use super::super::returns::model::Change;
use super::super::targets::OFFICES;
use super::check::NEXT;
use super::decide::{self, Refused};
use crate::problem::{Error, Result};

/// Makes the table of what went out from what was just read.
pub async fn keep_base(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::raw_sql(
        "create temporary table base on commit drop as
         select s.attributes ->> 'id' as id, (s.attributes ->> 'version')::integer as version, s.attributes,
           delivery.kept(delivery.placed(s.shape, 32718, false, 1)) as geom
         from staged s;
         create unique index on base (id);
         analyze base;
         grant select on base to predio_surveyor, predio_planner",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A layer as the office finds it, with the columns that its door takes.
pub struct Wide {
    relation: String,
    columns: Vec<String>,
    /// Those of a feature that is there already.
    changeable: Vec<String>,
}

impl Wide {
    /// That of a delivery's target.
    ///
    /// # Errors
    /// When the layer is gone.
    pub async fn of(connection: &mut PgConnection, delivery: &Delivery) -> Result<Self> {
        let relation: Option<String> = sqlx::query_scalar(
            "select coalesce(to_regclass(format('layer.%I', $1::text)), to_regclass(format('staff_layer.%I', $1::text)))::text",
        )
        .bind(&delivery.target)
        .fetch_one(connection)
        .await?;
        let relation =
            relation.ok_or_else(|| Error::NotFound(format!("there is no layer {}", delivery.target)))?;
        let properties = delivery.properties()?;
        let changeable = properties.iter().filter(|one| !one.only_new).map(|one| one.name.clone()).collect();
        Ok(Self { relation, columns: properties.into_iter().map(|one| one.name).collect(), changeable })
    }
}

/// Pairs what went out with what came back and weighs both against what is on record, as the office: nothing is read
/// that it could not read itself.
pub async fn compare(connection: &mut PgConnection, delivery: &Delivery) -> Result<()> {
    act_as(connection, office_of(delivery)?).await?;
    let wide = Wide::of(connection, delivery).await?;
    let fields = delivery.fields()?;
    let said: Vec<String> =
        fields.into_iter().map(|field| field.name).filter(|name| wide.columns.contains(name)).collect();
    sqlx::query("select delivery.pair($1, $2::text::regclass, $3, $4)")
        .bind(delivery.id)
        .bind(&wide.relation)
        .bind(&wide.columns)
        .bind(&said)
        .execute(&mut *connection)
        .await?;
    weigh(connection, delivery.id, &wide, None).await?;
    Ok(act_as(connection, "predio_service").await?)
}

fn office_of(delivery: &Delivery) -> anyhow::Result<&'static str> {
    let mut roles = OFFICES.iter().map(|office| office.role());
    roles
        .find(|role| *role == delivery.office)
        .ok_or_else(|| anyhow::anyhow!("{} is no office", delivery.office))
}

/// Goes on in the same transaction as another role.
async fn act_as(connection: &mut PgConnection, role: &'static str) -> sqlx::Result<()> {
    // Safe SQL: the role is a constant.
    sqlx::query(AssertSqlSafe(format!("set local role {role}"))).execute(connection).await?;
    Ok(())
}

async fn weigh(connection: &mut PgConnection, id: i64, wide: &Wide, change: Option<i64>) -> sqlx::Result<()> {
    sqlx::query("select delivery.weigh($1, $2::text::regclass, $3, $4, $5)")
        .bind(id)
        .bind(&wide.relation)
        .bind(&wide.columns)
        .bind(&wide.changeable)
        .bind(change)
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes what is to be told of the features, and forgets what was found in those that did not change.
pub async fn look(connection: &mut PgConnection, id: i64) -> sqlx::Result<()> {
    for statement in include_str!("findings/returned.sql").split(NEXT) {
        // Safe SQL: a file of this folder, with the delivery's number as its one parameter.
        sqlx::query(AssertSqlSafe(statement)).bind(id).execute(&mut *connection).await?;
    }
    Ok(())
}

/// What stands with an error is not applied.
pub async fn block(connection: &mut PgConnection, id: i64) -> sqlx::Result<()> {
    sqlx::query(
        "update delivery.change c set change = 'refused'
         where c.delivery_id = $1 and c.number in (
           select f.number from delivery.finding f where f.delivery_id = $1 and f.severity = 'error')",
    )
    .bind(id)
    .execute(connection)
    .await?;
    Ok(())
}

/// How many there are of each kind; `same` are those that nobody changed, `open` the conflicts that nobody decided.
pub async fn counts(connection: &mut PgConnection, id: i64) -> sqlx::Result<Value> {
    sqlx::query_scalar(
        "select jsonb_build_object('same', (
             select c.features - (select count(*) from delivery.own_change k where k.delivery_id = d.id and k.base is not null)
             from delivery.own_field_copy c where c.id = d.returns))
           || (select jsonb_object_agg(k.name, (select count(*) from delivery.own_change c where c.delivery_id = d.id and c.change = k.name))
               from unnest(array['ours', 'equal', 'update', 'merge', 'create', 'delete', 'conflict', 'operation', 'refused']) k(name))
           || (select jsonb_build_object('applied', count(*) filter (where c.state = 'applied'),
                 'open', count(*) filter (where c.change = 'conflict' and c.state = 'open'))
               from delivery.own_change c where c.delivery_id = d.id)
         from delivery.own d where d.id = $1",
    )
    .bind(id)
    .fetch_one(connection)
    .await
}

/// Changes in the order of their numbers, as GeoJSON: each side's values of what either side changed.
pub async fn list(
    connection: &mut PgConnection,
    id: i64,
    (after, limit): (i64, i64),
    (change, state): (Option<&str>, Option<&str>),
) -> sqlx::Result<Vec<Value>> {
    sqlx::query_scalar(
        "select jsonb_build_object('type', 'Feature', 'id', c.id,
           'geometry', st_asgeojson(st_transform(coalesce(c.theirs_geom, c.ours_geom, c.base_geom), 4326), 9)::jsonb,
           'properties', jsonb_build_object('change', c.change, 'state', c.state, 'feature', c.number, 'object_id', c.object_id,
             'base_version', c.base_version, 'version', c.seen, 'written', c.written,
             'is_absent', c.theirs is null and c.change <> 'refused', 'is_ended', c.base is not null and c.ours is null and c.change <> 'refused',
             'changed', c.their_fields, 'changed_here', c.our_fields, 'conflicts', c.conflicts,
             'values', case when c.base is null then c.theirs else (
               select coalesce(jsonb_object_agg(n, jsonb_build_object('base', c.base -> n, 'theirs', c.theirs -> n, 'ours', c.ours -> n)), '{}')
               from unnest(array(select unnest(c.their_fields) union select unnest(c.our_fields))) n where n <> 'geom') end)
           || case when 'geom' = any (c.their_fields || c.our_fields) then jsonb_build_object('shapes', jsonb_build_object(
               'base', st_asgeojson(st_transform(c.base_geom, 4326), 9)::jsonb, 'theirs', st_asgeojson(st_transform(c.theirs_geom, 4326), 9)::jsonb,
               'ours', st_asgeojson(st_transform(c.ours_geom, 4326), 9)::jsonb)) else '{}' end)
         from delivery.own_change c
         where c.delivery_id = $1 and c.id > $2 and ($4::text is null or c.change = $4) and ($5::text is null or c.state = $5)
         order by c.id limit $3",
    )
    .bind(id)
    .bind(after)
    .bind(limit)
    .bind(change)
    .bind(state)
    .fetch_all(connection)
    .await
}

/// Compares the open conflicts with what is on record now.
pub async fn refresh(connection: &mut PgConnection, delivery: &Delivery) -> Result<()> {
    let wide = Wide::of(connection, delivery).await?;
    let open: Vec<i64> = sqlx::query_scalar(
        "select id from delivery.own_change where delivery_id = $1 and change = 'conflict' and state = 'open'",
    )
    .bind(delivery.id)
    .fetch_all(&mut *connection)
    .await?;
    for id in open {
        weigh_conflict(connection, delivery.id, &wide, id).await?;
    }
    Ok(())
}

/// A conflict stays one until it is decided, whatever became of the other side.
async fn weigh_conflict(
    connection: &mut PgConnection,
    delivery: i64,
    wide: &Wide,
    id: i64,
) -> sqlx::Result<()> {
    weigh(connection, delivery, wide, Some(id)).await?;
    sqlx::query("update delivery.own_change set change = 'conflict' where id = $1")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// A change as it stands against what is on record now.
pub async fn one(connection: &mut PgConnection, delivery: &Delivery, id: i64) -> Result<Option<Change>> {
    const ONE: &str = "select id, change, state, seen, fields, theirs is null or ours is null as is_gone
       from delivery.own_change where delivery_id = $1 and id = $2";
    let ask = || sqlx::query_as::<_, Change>(ONE).bind(delivery.id).bind(id);
    let found = ask().fetch_optional(&mut *connection).await?;
    if found.as_ref().is_some_and(|one| one.change == "conflict" && one.state == "open") {
        let wide = Wide::of(connection, delivery).await?;
        weigh_conflict(connection, delivery.id, &wide, id).await?;
        return Ok(ask().fetch_optional(connection).await?);
    }
    Ok(found)
}

/// Keeps what is on record.
pub async fn keep(connection: &mut PgConnection, id: i64) -> sqlx::Result<()> {
    sqlx::query("update delivery.own_change set state = 'kept' where id = $1")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Applies what may be applied, or one change that was decided; what a rule refused.
pub async fn apply(
    connection: &mut PgConnection,
    delivery: &Delivery,
    change: Option<i64>,
) -> Result<Vec<Refused>> {
    let wide = Wide::of(connection, delivery).await?;
    let rows = sqlx::query(
        "select coalesce(number, 0), coalesce(rule, ''), case when number is null
           then format('objeto · object %s: %s', object_id, message) else message end
         from delivery.apply($1, $2::text::regclass, $3, $4, $5)",
    )
    .bind(delivery.id)
    .bind(&wide.relation)
    .bind(&wide.columns)
    .bind(&wide.changeable)
    .bind(change)
    .fetch_all(connection)
    .await?;
    Ok(rows.iter().map(|row| Refused { number: row.get(0), rule: row.get(1), message: row.get(2) }).collect())
}

/// Accepts a return in the transaction of the caller; what a rule refused is a finding.
pub async fn accept(connection: &mut PgConnection, delivery: &Delivery) -> Result<Vec<Refused>> {
    let refused = apply(connection, delivery, None).await?;
    decide::note_refused(connection, delivery.id, &refused).await?;
    close(connection, delivery.id).await?;
    Ok(refused)
}

/// Says of each feature what became of it, and counts.
pub async fn close(connection: &mut PgConnection, id: i64) -> sqlx::Result<()> {
    decide::judge(connection, id).await?;
    sqlx::query(
        "update delivery.own_feature f set verdict = 'rejected'
         where f.delivery_id = $1 and f.number in (
           select c.number from delivery.own_change c
           where c.delivery_id = $1 and c.state = 'open' and c.change in ('conflict', 'operation', 'refused'))",
    )
    .bind(id)
    .execute(&mut *connection)
    .await?;
    decide::close(connection, id).await
}

/// Lets every rule that waits for the end of the transaction judge now, so that a trial tells what the end would.
pub async fn judge_now(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("set constraints all immediate").execute(connection).await?;
    Ok(())
}

/// What stands in the way of taking it back: feature, object, kind, version; the first hundred.
pub async fn stands_on(
    connection: &mut PgConnection,
    delivery: &Delivery,
) -> Result<Vec<(i64, Option<String>, String, Option<String>)>> {
    let wide = Wide::of(connection, delivery).await?;
    let found = sqlx::query_as(
        "select number, code, what, which from delivery.stands_on($1, $2::text::regclass) limit 100",
    );
    Ok(found.bind(delivery.id).bind(&wide.relation).fetch_all(connection).await?)
}

/// Gives back what was before; how many objects that were.
pub async fn take_back(connection: &mut PgConnection, delivery: &Delivery) -> Result<i64> {
    let wide = Wide::of(connection, delivery).await?;
    let undone: i64 = sqlx::query_scalar("select delivery.undo($1, $2::text::regclass)")
        .bind(delivery.id)
        .bind(&wide.relation)
        .fetch_one(&mut *connection)
        .await?;
    if decide::entered(connection, delivery.id).await? > 0 {
        return Ok(undone + decide::take_back(connection, delivery.id, &wide.relation).await?);
    }
    decide::tell_revoked(connection, delivery.id).await?;
    Ok(undone)
}
