//! What people type, and what is understood.

use super::*;

fn words(text: &str) -> Vec<String> {
    tokens(text)
}

#[test]
fn coordinates_are_read_as_people_write_them() {
    let grid = Meaning::Grid { easting: 195_855.0, northing: 8_816_242.0 };
    for text in [
        "195855 8816242",
        "195855, 8816242",
        "E 195855 N 8816242",
        "195855 E 8816242 N",
        "8816242 195855",
        "195855mE 8816242mN",
        "18S 195855 8816242",
        "UTM 18S E: 195855 N: 8816242",
        "Este 195855 Norte 8816242",
        "195855;8816242",
    ] {
        assert_eq!(read(text), std::slice::from_ref(&grid), "{text}");
    }
    assert_eq!(read("195855.25 8816242.75"), [Meaning::Grid { easting: 195_855.25, northing: 8_816_242.75 }]);
    for text in [
        "-10.6962, -77.7803",
        "-10.6962 -77.7803",
        "10.6962S 77.7803W",
        "S 10.6962, W 77.7803",
        "-77.7803,-10.6962",
        "10.6962° S, 77.7803° O",
        "lat -10.6962 lon -77.7803",
        "10,6962 S 77,7803 O",
        "-10.6962,-77.7803",
    ] {
        let [Meaning::Degrees { lon, lat }] = read(text)[..] else { panic!("{text}: {:?}", read(text)) };
        assert!((lon + 77.7803).abs() < 1e-9 && (lat + 10.6962).abs() < 1e-9, "{text}: {lon} {lat}");
    }
    for text in [
        "10°41'46\"S 77°46'49\"W",
        "10° 41′ 46″ S, 77° 46′ 49″ O",
        "10 41 46 S 77 46 49 W",
        "77°46'49\"W 10°41'46\"S",
    ] {
        let [Meaning::Degrees { lon, lat }] = read(text)[..] else { panic!("{text}: {:?}", read(text)) };
        assert!((lon + 77.780_278).abs() < 1e-5 && (lat + 10.696_111).abs() < 1e-5, "{text}: {lon} {lat}");
    }
}

#[test]
fn codes_and_pieces_of_codes_are_digits() {
    for (text, code) in [
        ("15020302013013", "15020302013013"),
        ("150203-02-013-013", "15020302013013"),
        ("150203 2 13 13", "15020302013013"),
        ("02-013-013", "02013013"),
        ("2-13-13", "02013013"),
        ("02013013", "02013013"),
        ("13-4", "013004"),
        ("uc-f00295", "UCF00295"),
        ("UC F00295", "UCF00295"),
        ("15020305001001010101001", "15020305001001010101001"),
    ] {
        assert_eq!(read(text).first(), Some(&Meaning::Code(code.to_owned())), "{text}");
    }
    assert!(read("").is_empty() && read("  ,").is_empty());
}

#[test]
fn lots_are_read_in_every_spelling() {
    for text in [
        "Mz B Lt 4 Pativilca",
        "mz. b lote 4, pativilca",
        "MZB LT4 PATIVILCA",
        "Manzana B Lote 4 de Pativilca",
        "Pativilca mz b lt 4",
    ] {
        let expected =
            Meaning::Lot { block: "B".into(), lot: Some("4".into()), place: vec!["pativilca".into()] };
        assert_eq!(read(text), [expected], "{text}");
    }
    assert_eq!(read("manzana F1"), [Meaning::Lot { block: "F1".into(), lot: None, place: vec![] }]);
}

#[test]
fn a_house_number_is_not_a_streets_name() {
    let name = |words: &[&str], number: Option<&str>| Meaning::Name {
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        number: number.map(str::to_owned),
    };
    assert_eq!(read("Jr. 4 N° 807, Providencia"), [name(&["jr", "4", "providencia"], Some("807"))]);
    assert_eq!(read("Jirón Central 120 Huayto"), [name(&["jr", "central", "huayto"], Some("120"))]);
    assert_eq!(read("Calle 6"), [name(&["calle", "6"], None)]);
    assert_eq!(read("LA CAÑADA"), [name(&["canada"], None)]);
}

#[test]
fn likeness_forgives_typing_errors_and_prefers_the_exact_name() {
    let of = |said: &str, name: &str| likeness(&words(said), &words(name), &[]);
    for (said, right, wrong) in [
        ("hauyto", "Huayto", "Upaca"),
        ("simon bolivar", "Simon Bolivar", "Simon Bolivar (Galpon)"),
        ("galpon", "Simon Bolivar (Galpon)", "Simon Bolivar"),
        ("pativlca", "Pativilca", "Platanal"),
        ("santa rosa", "Santa Rosa", "Santa Rosa (Fujimori)"),
        ("churlin bajo", "Churlin Bajo ( Santa Rosa De Churlin )", "Churlin Alto ( San Mateo De Churlin )"),
        ("san jose", "Pampas San Jose", "San Miguel De Otopongo"),
    ] {
        assert!(
            of(said, right) > of(said, wrong) && of(said, right) > 0.6,
            "{said}: {} {}",
            of(said, right),
            of(said, wrong)
        );
    }
    assert!(of("xyzzy", "Huayto").abs() < f64::EPSILON);
    assert_eq!(distance("hauyto", "huayto"), 1);
}
