"""Items and outcomes that are planned from folders, manifests and inventories."""

import gzip
import json

import pytest

from cutout.batch import paths, plan
from cutout.errors import InvalidParameter

FOLDER = paths.parse("s3://shop/out/_cutout/b1/")
CSV = "s3://shop/list.csv"
JSONL = "s3://shop/list.jsonl"
INVENTORY = "s3://inventories/2026/manifest.json"


@pytest.fixture
def planned(batch, buckets, lines):
    """Plan a source; return the targets by source, and the outcomes of lines without an item."""

    def planned(source="s3://shop/in/", **more):
        made = plan.make(batch(source, **more), buckets)
        unplanned = buckets(FOLDER.bucket).files(FOLDER.file("outcomes/").key)
        others = [reported for file in unplanned for reported in lines(f"s3://shop/{file.name}")]
        items = lines(made.file)
        assert [item["number"] for item in items] == list(range(made.items))
        assert made.pictures == len(items) + len(others)
        return {item["source"]: item["target"] for item in items}, others

    return planned


def inventory(put, *rows, schema="Bucket, Key, Size, ETag", **changes):
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)
    put("s3://reports/data/1.csv.gz", gzip.compress(text.encode()))
    reported = {
        "sourceBucket": "shop",
        "destinationBucket": "arn:aws:s3:::reports",
        "fileFormat": "CSV",
        "fileSchema": schema,
        "files": [{"key": "data/1.csv.gz"}],
    }
    put(INVENTORY, json.dumps(reported | changes).encode())


def test_the_tree_of_a_folder_is_kept_and_other_files_are_ignored(put, planned):
    for name in ("a.jpg", "b/c.d/E.PNG", "b//f.webp", "notes.txt", "jpg", "sub/", "sub/.jpg",
                 "._a.jpg", ".trash/a.jpg", "d.HEIC", "e.jfif"):  # fmt: skip
        put(f"s3://shop/in/{name}")
    put("s3://shop/in/empty.jpg", b"")
    put("s3://shop/inner/a.jpg")

    items, others = planned()

    assert items == {
        "s3://shop/in/a.jpg": "s3://shop/out/a.png",
        "s3://shop/in/b/c.d/E.PNG": "s3://shop/out/b/c.d/E.png",
        "s3://shop/in/b//f.webp": "s3://shop/out/b//f.png",
        "s3://shop/in/d.HEIC": "s3://shop/out/d.png",
        "s3://shop/in/e.jfif": "s3://shop/out/e.png",
    }
    assert others == []


def test_items_of_a_listing_have_the_etag(put, batch, buckets, lines):
    put("s3://shop/in/a.jpg")

    made = plan.make(batch(), buckets)

    assert lines(made.file)[0]["etag"] == buckets("shop").get("in/a.jpg").etag


def test_thousands_of_other_files_become_no_items(put, planned):
    for n in range(3000):
        put(f"s3://shop/in/{n}.json", b"{}")
    put("s3://shop/in/a.jpg")

    items, others = planned()

    assert list(items) == ["s3://shop/in/a.jpg"]
    assert others == []


def test_results_inside_the_source_are_ignored(put, planned):
    put("s3://shop/a.jpg")
    put("s3://shop/out/a.png")
    put("s3://shop/out/_cutout/b0/odd.jpg")

    items, _ = planned("s3://shop/")

    assert items == {"s3://shop/a.jpg": "s3://shop/out/a.png"}


def test_the_format_determines_the_suffix(put, planned):
    put("s3://shop/in/a.png")

    assert planned(parameters={"format": "webp"})[0] == {
        "s3://shop/in/a.png": "s3://shop/out/a.webp"
    }


def test_pictures_that_would_share_a_name_keep_their_suffix(put, planned):
    for name in ("a.jpg", "a.png", "b.jpg"):
        put(f"s3://shop/in/{name}")

    items, _ = planned()

    assert list(items.values()) == [
        f"s3://shop/out/{name}" for name in ("a.jpg.png", "a.png.png", "b.png")
    ]


def test_a_picture_whose_longer_name_is_taken_fails(put, planned):
    for name in ("a.jpg", "a.jpg.webp", "a.png"):
        put(f"s3://shop/in/{name}")

    items, (other,) = planned()

    assert items == {
        "s3://shop/in/a.jpg.webp": "s3://shop/out/a.jpg.png",
        "s3://shop/in/a.png": "s3://shop/out/a.png.png",
    }
    assert (other["source"], other["status"]) == ("s3://shop/in/a.jpg", "failed")
    assert "a.jpg.png" in other["message"]


def test_a_json_manifest_names_sources_and_optional_targets(put, planned):
    put(JSONL, b'{"source": "s3://other/x/a.jpg"}\n\n{"source": "b.webp", "target": "c/d.png"}\n')

    items, others = planned(JSONL)

    assert items == {
        "s3://other/x/a.jpg": "s3://shop/out/x/a.png",
        "s3://shop/b.webp": "s3://shop/out/c/d.png",
    }
    assert others == []


def test_a_csv_manifest_has_columns_of_these_names(put, planned):
    put(CSV, '\ufefftarget, note, source\r\n,"new, large",a.jpg\r\nc.png,,"b,2.webp"\r\n'.encode())

    items, _ = planned(CSV)

    assert items == {
        "s3://shop/a.jpg": "s3://shop/out/a.png",
        "s3://shop/b,2.webp": "s3://shop/out/c.png",
    }


def test_sources_of_a_manifest_may_have_any_suffix(put, planned):
    put(CSV, b"source\nphoto.v2\nphoto\n")

    assert list(planned(CSV)[0].values()) == [
        "s3://shop/out/photo.v2.png",
        "s3://shop/out/photo.png",
    ]


@pytest.mark.parametrize(
    "line",
    [
        b"words",
        b"[1]",
        b"[" * 10_000,
        b"{}",
        b'{"source": 5}',
        b'{"source": ""}',
        b'{"source": "sub/"}',
        b'{"source": "s3://Not a bucket/a.jpg"}',
        b'{"source": "a.jpg", "target": 5}',
        b'{"source": "a.jpg", "target": "\\ud800"}',
        b'{"source": "%s"}' % (b"a" * 1100),
        b'{"source": "a.jpg", "more": "%s"}' % (b"a" * 50_000),
        b'{"source": "\xff"}',
    ],
)
def test_an_invalid_line_is_an_outcome_and_stops_no_other(put, planned, line):
    put(JSONL, b'{"source": "a.jpg"}\n' + line + b'\n{"source": "b.jpg"}')

    items, (other,) = planned(JSONL)

    assert list(items) == ["s3://shop/a.jpg", "s3://shop/b.jpg"]
    assert (other["source"], other["status"], other["code"]) == (
        f"{JSONL}#2",
        "failed",
        "invalid_line",
    )
    assert other["message"]


@pytest.mark.parametrize("line", [b'"open', b"\xff", b",", b"s3://"])
def test_an_invalid_row_is_an_outcome_and_stops_no_other(put, planned, line):
    put(CSV, b"source\na.jpg\n" + line + b"\nb.jpg")

    items, (other,) = planned(CSV)

    assert list(items) == ["s3://shop/a.jpg", "s3://shop/b.jpg"]
    assert other["source"] == f"{CSV}#3"


@pytest.mark.parametrize(
    ("target", "word"),
    [("_cutout/b1/plan.jsonl", "_cutout"), ("a/../b.png", ".."), ("a" * 1025, "1,024")],
)
def test_a_reserved_name_is_refused(put, planned, target, word):
    put(CSV, f"source,target\na.jpg,{target}\n".encode())

    items, (other,) = planned(CSV)

    assert items == {}
    assert word in other["message"]


def test_a_repeated_line_is_skipped_and_changes_no_name(put, planned):
    put(CSV, b"source\na.jpg\nb.jpg\na.jpg\na.jpg\n")

    items, others = planned(CSV)

    assert items == {
        "s3://shop/a.jpg": "s3://shop/out/a.png",
        "s3://shop/b.jpg": "s3://shop/out/b.png",
    }
    assert [(each["source"], each["status"], each["code"]) for each in others] == [
        ("s3://shop/a.jpg", "skipped", "duplicate_line")
    ] * 2


def test_a_picture_may_have_two_results(put, planned):
    put(CSV, b"source,target\na.jpg,1.png\na.jpg,2.png\n")

    assert planned(CSV)[1] == []


def test_the_first_of_two_pictures_with_one_explicit_name_gets_it(put, planned):
    put(CSV, b"source,target\na.jpg,x.png\nb.jpg,x.png\nx.jpg,\n")

    items, (other,) = planned(CSV)

    assert items == {
        "s3://shop/a.jpg": "s3://shop/out/x.png",
        "s3://shop/x.jpg": "s3://shop/out/x.jpg.png",
    }
    assert other["source"] == "s3://shop/b.jpg"
    assert "x.png" in other["message"]


def test_the_etags_of_an_inventory_are_not_used(put, batch, buckets, lines):
    inventory(
        put,
        ("shop", "in/a+b%2B%C3%BC.jpg", "5", "0123"),
        ("shop", "in/notes.txt", "5", "0123"),
        ("shop", "out/a.png", "5", "0123"),
    )

    made = plan.make(batch(INVENTORY), buckets)

    (item,) = lines(made.file)
    assert (item["source"], item["etag"]) == ("s3://shop/in/a b+ü.jpg", "")
    assert item["target"] == "s3://shop/out/in/a b+ü.png"


def test_deleted_and_former_versions_of_an_inventory_are_ignored(put, planned):
    inventory(
        put,
        ("shop", "a.jpg", "true", "false"),
        ("shop", "b.jpg", "true", "true"),
        ("shop", "c.jpg", "false", "false"),
        ("shop", "broken"),
        schema="Bucket, Key, IsLatest, IsDeleteMarker",
    )

    items, (other,) = planned(INVENTORY)

    assert list(items) == ["s3://shop/a.jpg"]
    assert other["source"] == "s3://reports/data/1.csv.gz#4"


def test_an_inventory_of_the_target_bucket_is_refused(put, planned):
    inventory(put, ("shop", "a.jpg", "5", "0123"))

    with pytest.raises(InvalidParameter, match="target a folder"):
        planned(INVENTORY, target="s3://shop/")


@pytest.mark.parametrize(
    "data",
    [b"words", gzip.compress(b"shop,a.jpg,5,0123\n" * 999)[:-20]],
    ids=["no gzip", "cut off"],
)
def test_a_damaged_file_of_an_inventory_is_named_in_the_error(put, planned, data):
    inventory(put)
    put("s3://reports/data/1.csv.gz", data)

    with pytest.raises(InvalidParameter, match=r"s3://reports/data/1\.csv\.gz is damaged"):
        planned(INVENTORY)


@pytest.mark.parametrize(
    "row",
    [("My_Old_Bucket", "a.jpg"), ("", "a.jpg"), ("192.168.0.1", "a.jpg"), ("shop", "a" * 1025)],
)
def test_an_invalid_row_of_an_inventory_stops_no_other(put, planned, row):
    inventory(put, row, ("shop", "b.jpg"), schema="Bucket, Key")

    items, (other,) = planned(INVENTORY)

    assert list(items) == ["s3://shop/b.jpg"]
    assert other["source"] == "s3://reports/data/1.csv.gz#1"


def test_all_slashes_of_a_key_are_kept(put, planned):
    put("s3://shop/in//a.jpg")

    assert planned()[0] == {"s3://shop/in//a.jpg": "s3://shop/out//a.png"}


def test_outcomes_of_bad_lines_are_split_into_files_of_limited_size(put, batch, buckets, lines):
    put(JSONL, b"words\n" * 20_001)

    plan.make(batch(JSONL), buckets)

    files = buckets("shop").files(FOLDER.file("outcomes/").key)
    assert [len(lines(f"s3://shop/{file.name}")) for file in files] == [10_000, 10_000, 1]


@pytest.mark.parametrize("changes", [{"fileFormat": "ORC"}, {"fileSchema": "Key"}, {"files": 5}])
def test_an_inventory_that_is_not_csv_is_refused(put, planned, changes):
    inventory(put, **changes)

    with pytest.raises(InvalidParameter, match=INVENTORY):
        planned(INVENTORY)


@pytest.mark.parametrize(
    ("source", "data"),
    [
        ("s3://shop/none.csv", None),
        ("s3://shop/list.csv", b"name\na.jpg\n"),
        ("s3://shop/list.csv", b"\xff\n"),
        ("s3://inventories/manifest.json", b"words"),
        ("s3://inventories/manifest.json", b"[]"),
    ],
)
def test_an_unreadable_manifest_is_named_in_the_error(put, planned, source, data):
    if data is not None:
        put(source, data)

    with pytest.raises(InvalidParameter, match=source):
        planned(source)


@pytest.mark.parametrize("source", ["s3://shop/in/", "s3://shop/list.csv"])
def test_an_empty_source_is_no_error(put, planned, source):
    put("s3://shop/list.csv", b"")

    assert planned(source) == ({}, [])
