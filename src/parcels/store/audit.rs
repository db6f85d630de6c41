//! The audit of the fabric, set-wise.

use sqlx::PgConnection;

use crate::parcels::check::Finding;

pub async fn count_in_force(connection: &mut PgConnection, ubigeo: Option<&str>) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!"
           from land.parcel_version
           where valid @> (now() at time zone 'America/Lima')::date
             and ($1::text is null or ubigeo = $1)"#,
        ubigeo
    )
    .fetch_one(connection)
    .await
}

macro_rules! findings {
    ($(#[$doc:meta])* $name:ident, $file:literal) => {
        $(#[$doc])*
        pub async fn $name(connection: &mut PgConnection, ubigeo: Option<&str>) -> sqlx::Result<Vec<Finding>> {
            sqlx::query_file_as!(Finding, $file, ubigeo).fetch_all(connection).await
        }
    };
}

findings!(
    /// No polygon, an invalid one, corners off the grid.
    polygon_findings,
    "src/parcels/checks/polygon.sql"
);
findings!(
    /// Pairs that share area.
    overlaps,
    "src/parcels/checks/overlap.sql"
);
findings!(
    /// What a block has besides its parcels, narrower than half a metre.
    sliver_gaps,
    "src/parcels/checks/sliver_gap.sql"
);
findings!(
    /// Corners on a neighbour's edge that the neighbour does not have.
    unmatched_corners,
    "src/parcels/checks/unmatched_corner.sql"
);
findings!(
    /// Outside the district, across its limit, outside the block.
    misplaced,
    "src/parcels/checks/misplaced.sql"
);
findings!(
    /// Registered against grid area by the tolerance class in force.
    areas_beyond_tolerance,
    "src/parcels/checks/area_beyond_tolerance.sql"
);
findings!(
    /// Buildings that leave their parcel.
    buildings_outside,
    "src/parcels/checks/building_outside.sql"
);
