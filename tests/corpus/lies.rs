//! Files that name other files and addresses.

use std::fmt::Write;

use super::*;

fn point(extra: &str) -> String {
    format!(
        r#"{{"type":"Feature","properties":{{"n":1}},"geometry":{{"type":"Point","coordinates":[1,2]}}{extra}}}"#
    )
}

#[tokio::test]
async fn a_list_of_other_files_opens_none() {
    let lab = Lab::new();
    let (secret, port) = (lab.secret(), lab.port);
    let secret = secret.display();
    for (name, source) in [
        ("a.geojson", format!("{secret}")),
        ("b.json", format!("CSV:{secret}")),
        ("c.kml", format!("/vsicurl/http://127.0.0.1:{port}/x.geojson")),
        ("d.csv", format!("/vsizip/{secret}")),
        ("e.gpkg", format!("/vsisubfile/0_100,{secret}")),
        ("f.shp", format!("WFS:http://127.0.0.1:{port}/wfs")),
    ] {
        let vrt = format!(
            "<OGRVRTDataSource><OGRVRTLayer name=\"secret\"><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
        );
        let refused = lab.read(&lab.file(name, &vrt)).await;
        assert!(refused.refusal().en.contains("VRT"), "{name}: {refused:?}");
        let bare = lab.read(&lab.file(&format!("bare-{name}"), &source)).await;
        // As a table it is one row of text, as anything else it is nothing.
        assert!(bare.failure.is_some() || name == "d.csv", "{name}: {bare:?}");
    }
}

#[tokio::test]
async fn a_file_name_is_no_path_to_elsewhere() {
    let lab = Lab::new();
    for name in ["vsicurl.geojson", "a|layername=b.geojson", "GPKG:x.geojson", "%2e%2e.geojson"] {
        let answer = lab.read(&lab.file(name, point(""))).await;
        assert_eq!(answer.records.len(), 1, "{name}: {answer:?}");
    }
    let absent = lab.folder.path().join("uploads/absent.geojson");
    assert!(reader::start(Path::new(PROGRAM), &absent, None).is_err(), "a file that is not there");
    for path in ["/vsistdin/", "/vsicurl/http://127.0.0.1/x", "/vsizip/x.zip"] {
        assert!(reader::start(Path::new(PROGRAM), Path::new(path), None).is_err(), "{path}");
    }
}

#[tokio::test]
async fn entities_of_xml_are_not_resolved() {
    let lab = Lab::new();
    let (secret, port) = (lab.secret(), lab.port);
    let body = |entity: &str| {
        format!(
            "<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Placemark><name>{entity}</name><Point><coordinates>1,2</coordinates></Point></Placemark></kml>"
        )
    };
    let mut laughs = String::new();
    for level in 1..10 {
        let ten = format!("&l{};", level - 1).repeat(10);
        write!(laughs, "<!ENTITY l{level} \"{ten}\">").unwrap();
    }
    for (name, doctype, entity) in [
        ("file.kml", format!("<!DOCTYPE kml [<!ENTITY x SYSTEM \"file://{}\">]>", secret.display()), "&x;"),
        // This one is within the walls.
        (
            "inside.kml",
            "<!DOCTYPE kml [<!ENTITY x SYSTEM \"file:///usr/lib/os-release\">]>".to_owned(),
            "&x;",
        ),
        ("net.kml", format!("<!DOCTYPE kml SYSTEM \"http://127.0.0.1:{port}/x.dtd\">"), ""),
        (
            "parameter.kml",
            format!("<!DOCTYPE kml [<!ENTITY % x SYSTEM \"http://127.0.0.1:{port}/x\"> %x;]>"),
            "",
        ),
        ("laughs.kml", format!("<!DOCTYPE kml [<!ENTITY l0 \"lol\">{laughs}]>"), "&l9;"),
    ] {
        let text = format!("<?xml version=\"1.0\"?>\n{doctype}{}", body(entity));
        let answer = lab.read(&lab.file(name, &text)).await;
        assert!(answer.refusal().en.contains("DOCTYPE"), "{name}: {answer:?}");
        let wide: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        lab.read(&lab.file(&format!("wide-{name}"), wide)).await.refusal();
    }
    let undeclared = lab.read(&lab.file("undeclared.kml", body("&x;"))).await;
    assert!(undeclared.failure.is_some() || undeclared.records.len() <= 1);
    let linked = body("").replace(
        "<Placemark>",
        &format!(
            "<NetworkLink><Link><href>http://127.0.0.1:{port}/x.kml</href></Link></NetworkLink><Placemark>"
        ),
    );
    assert_eq!(lab.read(&lab.file("linked.kml", linked)).await.records.len(), 1);
}

#[tokio::test]
async fn schemas_and_links_of_gml_are_not_fetched() {
    let lab = Lab::new();
    let (secret, port) = (lab.secret(), lab.port);
    for (name, address) in [
        ("net.gml", format!("http://127.0.0.1:{port}/x.xsd")),
        ("file.gml", format!("file://{}", secret.display())),
        ("path.gml", secret.display().to_string()),
        ("vsi.gml", format!("/vsicurl/http://127.0.0.1:{port}/x.xsd")),
    ] {
        let text = format!(
            "<?xml version=\"1.0\"?><ogr:FeatureCollection xmlns:ogr=\"http://ogr.maptools.org/\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:gml=\"http://www.opengis.net/gml\" \
             xmlns:xlink=\"http://www.w3.org/1999/xlink\" xsi:schemaLocation=\"http://ogr.maptools.org/ {address}\">\
             <gml:featureMember><ogr:lot gml:id=\"a\"><ogr:name>x</ogr:name><ogr:other xlink:href=\"{address}#a\"/>\
             <ogr:g><gml:Point><gml:coordinates>1,2</gml:coordinates></gml:Point></ogr:g>\
             </ogr:lot></gml:featureMember></ogr:FeatureCollection>"
        );
        let answer = lab.read(&lab.file(name, text)).await;
        assert_eq!(answer.records.len(), 1, "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn a_database_that_wants_to_load_code_or_attach_files_does_not() {
    let lab = Lab::new();
    let mut sqlite = b"SQLite format 3\0".to_vec();
    sqlite.resize(4_096, 0);
    lab.read(&lab.file("fake.gpkg", sqlite)).await.refusal();
}

#[tokio::test]
async fn entities_in_a_workbook_come_to_nothing() {
    let lab = Lab::new();
    let mut laughs = String::new();
    for level in 1..10 {
        let ten = format!("&l{};", level - 1).repeat(10);
        write!(laughs, "<!ENTITY l{level} \"{ten}\">").unwrap();
    }
    let doctype = format!(
        "<!DOCTYPE sst [<!ENTITY l0 \"lol\">{laughs}<!ENTITY x SYSTEM \"file://{}\">]>",
        lab.secret().display()
    );
    let strings = format!("{doctype}<sst><si><t>name</t></si><si><t>&l9;&x;</t></si></sst>");
    let sheet = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row><row r=\"2\"><c r=\"A2\" t=\"s\"><v>1</v></c></row></sheetData></worksheet>";
    let book =
        "<workbook xmlns:r=\"r\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
    let links = "<Relationships><Relationship Id=\"rId1\" Type=\"worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>";
    let file = archives::pack([
        ("[Content_Types].xml", b"<Types/>".as_slice()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", links.as_bytes()),
        ("xl/sharedStrings.xml", strings.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ]);
    let answer = lab.read(&lab.file("laughs.xlsx", file)).await;
    assert!(!answer.tells("lollollol"), "{answer:?}");
}

/// A drawing whose block `b0` inserts `b1` twice, and so on: 2^depth lines if all were drawn.
fn nested(depth: usize, inserts: usize) -> String {
    let insert = |block: usize| format!("0\nINSERT\n8\n0\n2\nb{block}\n10\n0\n20\n0\n");
    let mut text = String::from("0\nSECTION\n2\nHEADER\n0\nENDSEC\n0\nSECTION\n2\nBLOCKS\n");
    let block = |name: usize| format!("0\nBLOCK\n8\n0\n2\nb{name}\n70\n0\n10\n0\n20\n0\n");
    for level in 0..depth {
        text += &block(level);
        text += &insert(level + 1).repeat(inserts);
        text += "0\nENDBLK\n8\n0\n";
    }
    text += &block(depth);
    text += "0\nLINE\n8\n0\n10\n0\n20\n0\n11\n1\n21\n1\n0\nENDBLK\n8\n0\n";
    text + "0\nENDSEC\n0\nSECTION\n2\nENTITIES\n" + &insert(0) + "0\nENDSEC\n0\nEOF\n"
}

#[tokio::test]
async fn blocks_within_blocks_come_to_an_end() {
    let lab = Lab::new();
    let few = lab.read(&lab.file("few.dxf", nested(3, 2))).await;
    assert!(!few.records.is_empty(), "{few:?}");
    for (name, drawing, why) in [
        ("deep.dxf", nested(500, 1), "nested more than 32 deep"),
        ("wide.dxf", nested(30, 2), "more than 5000000 entities"),
        ("circle.dxf", nested(2, 1).replace("INSERT\n8\n0\n2\nb2\n", "INSERT\n8\n0\n2\nb0\n"), "in itself"),
        ("many.dxf", nested(1, 1).replace("b0\n10", "b0\n70\n3000\n71\n3000\n10"), "more than 5000000"),
    ] {
        let answer = lab.read(&lab.file(name, drawing)).await;
        assert!(answer.refusal().en.contains(why), "{name}: {answer:?}");
    }
    assert_eq!(lab.read(&lab.file("some.dxf", nested(16, 2))).await.read, few.read, "one block reference");
}
