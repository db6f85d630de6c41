//! What the page about the data shows of them.

use sqlx::PgConnection;

use crate::problem::Result;

/// Name, source, whether its outline is a sharp one.
pub type DistrictFacts = (String, String, bool);
/// Code, title, certainty, note.
pub type NormFacts = (String, String, String, Option<String>);

/// Districts with their sources, and norms with their certainty.
///
/// # Errors
/// When the database does not answer.
pub async fn sources(snapshot: &mut PgConnection) -> Result<(Vec<DistrictFacts>, Vec<NormFacts>)> {
    let districts = sqlx::query!(
        r#"select d.name as "name!", d.source as "source!", d.sharp as "sharp!"
        from layer.district d
        order by d.ubigeo
        limit 50"#
    )
    .fetch_all(&mut *snapshot)
    .await?;
    let norms = sqlx::query!(
        r#"select n.code as "code!", n.title as "title!", n.certainty as "certainty!", n.note
        from layer.norms n
        order by n.code
        limit 200"#
    )
    .fetch_all(snapshot)
    .await?;
    Ok((
        districts.into_iter().map(|row| (row.name, row.source, row.sharp)).collect(),
        norms.into_iter().map(|row| (row.code, row.title, row.certainty, row.note)).collect(),
    ))
}
