"""GeoParquet as pyarrow and GeoPandas read it: every layer like its GeoJSON, in 1 mm, with its system and its boxes.

Needs PREDIO_TEST_BASE, a service that was built with GeoParquet; scripts/test-geoparquet brings both.
"""
import io
import json
import os
import urllib.parse
import urllib.request

import geopandas
import pyarrow.parquet
import shapely

BASE = os.environ["PREDIO_TEST_BASE"]
UTM = "http://www.opengis.net/def/crs/EPSG/0/32718"
LIMIT = 3000


def fetch(path):
    with urllib.request.urlopen(f"{BASE}{path}") as answer:
        return answer.read()


def same(expected, found):
    """A value of GeoJSON and what came back; a column of numbers with gaps has NaN for nothing."""
    if expected is None:
        return found is None or found != found
    if hasattr(found, "isoformat"):
        found = found.isoformat()
        return found.replace("+00:00", "Z").startswith(str(expected)[:19])
    if isinstance(expected, bool):
        return bool(found) is expected
    if isinstance(expected, (int, float)):
        return abs(found - expected) <= 1e-12 * max(1.0, abs(expected))
    if isinstance(expected, (list, dict)):
        return json.loads(found) == expected
    return found == expected


def geo_of(table, name):
    geo = json.loads(table.schema.metadata[b"geo"])
    assert geo["version"] == "1.1.0", geo
    column = geo["columns"][geo["primary_column"]]
    assert column["encoding"] == "WKB" and column["crs"]["type"].endswith("CRS"), f"{name}: {column}"
    return geo["primary_column"], column


def check_boxes(table, name, primary, column, shapes):
    boxes = column["covering"]["bbox"]
    assert [boxes[side][1] for side in ("xmin", "ymin", "xmax", "ymax")] == ["xmin", "ymin", "xmax", "ymax"]
    for box, bounds in zip(table.column(boxes["xmin"][0]).to_pylist(), shapely.bounds(shapes)):
        assert box is None or list(box.values()) == list(bounds), f"{name}: {box} {bounds}"


def check(name, query):
    at = f"/ogc/collections/{name}/items?{urllib.parse.urlencode(query)}"
    features = json.loads(fetch(f"{at}&f=json"))["features"]
    data = fetch(f"{at}&f=parquet")
    table = pyarrow.parquet.read_table(io.BytesIO(data))
    assert table.num_rows == len(features), f"{name}: {table.num_rows} of {len(features)}"
    assert "FICTICIOS" in table.schema.metadata[b"description"].decode(), name
    dictionary = json.loads(table.schema.metadata[b"columns"])
    assert set(features[0]["properties"] if features else []) <= set(dictionary), name
    if b"geo" not in table.schema.metadata:
        frame, shapes = table.to_pandas(), None
    else:
        primary, column = geo_of(table, name)
        frame = geopandas.read_parquet(io.BytesIO(data))
        wanted = 32718 if "crs" in query else None
        assert frame.crs.to_epsg() == wanted or (wanted is None and frame.crs.is_geographic), f"{name}: {frame.crs}"
        shapes = frame[primary].values
        check_boxes(table, name, primary, column, shapes)
        if len(features) > 10:
            # The boxes let a reader skip what is elsewhere.
            west, south, east, north = frame.total_bounds
            part = geopandas.read_parquet(io.BytesIO(data), bbox=(west, south, (west + east) / 2, (south + north) / 2))
            assert len(part) < len(frame), name
    for row, feature in enumerate(features):
        for field, expected in feature["properties"].items():
            found = frame[field].iloc[row]
            assert same(expected, found), f"{name} {feature['id']} {field}: {expected!r} came back as {found!r}"
        if shapes is not None and feature["geometry"] is not None:
            expected = shapely.geometry.shape(feature["geometry"])
            far = shapely.hausdorff_distance(expected, shapes[row])
            near = 0.001 if "crs" in query else 1e-8
            assert far < near and shapely.get_num_coordinates(expected) == shapely.get_num_coordinates(shapes[row]), f"{name}: {far}"
    return len(features)


read = 0
collections = json.loads(fetch("/ogc/collections?f=json"))["collections"]
for collection in collections:
    offered = [link["type"] for link in collection["links"] if link["rel"] == "enclosure"]
    assert "application/vnd.apache.parquet" in offered, "GeoParquet is not offered: build with --features geoparquet"
    query = {"limit": LIMIT, **({"crs": UTM} if collection.get("storageCrs") == UTM else {})}
    read += check(collection["id"], query)
read += check("parcels", {"limit": 500})
assert read > 1000, f"only {read} features"
print(f"pyarrow {pyarrow.__version__} and GeoPandas {geopandas.__version__} read {read} features of {len(collections)} layers like the GeoJSON")
