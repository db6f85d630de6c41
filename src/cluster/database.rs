//! What the superuser does in the private cluster: passwords for the logins, and clearing an unfinished first start.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

use super::{Cluster, DATABASE, Login};

/// Lets the owner and the service log in with the passwords of the data folder.
///
/// # Errors
/// When the server refuses.
pub async fn set_passwords(cluster: &Cluster) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(&cluster.maintenance_url()).await?;
    for login in [Login::Owner, Login::App] {
        // Safe SQL: names are constants and our passwords are letters and digits; neither can be bound here.
        let sql = format!("alter role {} login password '{}'", login.role(), cluster.password(login));
        connection.execute(AssertSqlSafe(sql)).await?;
    }
    connection.close().await?;
    Ok(())
}

/// Removes the database of a first start that was cut off: nobody could use it yet, and half a demonstration
/// district would pass for a whole one.
///
/// # Errors
/// When the server refuses.
pub async fn clear_unfinished(cluster: &Cluster) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(&cluster.maintenance_url()).await?;
    // Safe SQL: the name is a constant.
    let sql = format!("drop database if exists {DATABASE} with (force)");
    connection.execute(AssertSqlSafe(sql)).await?;
    connection.close().await?;
    Ok(())
}
