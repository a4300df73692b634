import pytest

from cutout.batch import paths, request
from cutout.batch.paths import S3Path
from cutout.errors import InvalidParameter, UnsupportedOption

ASKED = {"source": "s3://shop/in/", "target": "s3://shop/out"}


def test_a_path_has_a_bucket_and_a_key_and_formats_as_it_was_parsed():
    found = paths.parse("s3://shop/a b//ü.jpg")

    assert found == S3Path("shop", "a b//ü.jpg")
    assert str(found) == "s3://shop/a b//ü.jpg"
    assert not found.is_folder


@pytest.mark.parametrize("text", ["s3://shop", "s3://shop/", "s3://shop/in/"])
def test_a_bucket_and_a_key_with_a_final_slash_are_folders(text):
    assert paths.parse(text).is_folder


@pytest.mark.parametrize(
    "text",
    [
        "",
        "shop/in/",
        "s3:/shop/in",
        "s3://",
        "s3:///in/",
        "s3://Shop/in/",
        "https://shop/in",
        "s3://a..b/",
        "s3://1.2.3.4/",
        "s3://ab/",
    ],
)
def test_an_invalid_path_is_refused(text):
    with pytest.raises(InvalidParameter, match="s3://BUCKET/KEY"):
        paths.parse(text)


def test_a_key_has_no_more_bytes_than_s3_allows():
    assert paths.parse(f"s3://shop/{'ü' * 512}")
    with pytest.raises(InvalidParameter, match="1,024"):
        paths.parse(f"s3://shop/{'ü' * 512}a")


def test_the_defaults_are_full_size_and_no_account():
    asked = request.from_json(ASKED)

    assert asked.target == S3Path("shop", "out/")
    assert asked.options.max_pixels == 50_000_000
    assert (asked.review_below, asked.most_failed, asked.account) == (0.7, 0.1, "")


def test_parameters_are_those_of_removebg():
    asked = request.from_json(
        ASKED | {"parameters": {"size": "hd", "format": "webp", "crop": "true"}}
    )

    options = asked.options

    assert (options.max_pixels, options.format, options.crop) == (4_000_000, "webp", True)


@pytest.mark.parametrize("parameters", [{"semitransparency": "false"}, {"shadow_type": "car"}])
def test_parameters_that_would_have_a_notice_are_refused_as_nobody_would_see_it(parameters):
    with pytest.raises(UnsupportedOption):
        request.from_json(ASKED | {"parameters": parameters})


@pytest.mark.parametrize("name", ["image_url", "bg_image_url", "webhook_url", "colour"])
def test_parameters_that_a_batch_does_not_offer_are_refused(name):
    with pytest.raises(UnsupportedOption, match=name):
        request.from_json(ASKED | {"parameters": {name: "a"}})


@pytest.mark.parametrize(
    "changes",
    [
        {"source": None},
        {"source": 5},
        {"source": "s3://shop/photo.jpg"},
        {"source": "s3://shop/in"},
        {"source": "s3://shop/my-manifest.json"},
        {"target": "out/"},
        {"target": "s3://shop/in/"},
        {"target": "s3://shop/in"},
        {"target": "s3://shop/"},
        {"source": "s3://shop/in/deep/", "target": "s3://shop/in/"},
        {"parameters": {"quality": "fine"}},
        {"options": {"v": 1, "quality": "fine"}},
        {"parameters": ["size"]},
        {"parameters": {"size": 5}},
        {"parameters": {"size": "5" * 20_000}},
        {"review_below": 1.1},
        {"review_below": "0.5"},
        {"most_failed": -0.1},
        {"most_failed": True},
        {"most_failed": float("nan")},
        {"account": 5},
        {"account": "A B"},
        {"account": "a" * 5000},
        {"sources": "s3://shop/in/"},
    ],
)
def test_invalid_fields_are_refused(changes):
    with pytest.raises(InvalidParameter):
        request.from_json(ASKED | changes)


def test_the_source_is_required():
    with pytest.raises(InvalidParameter, match="source"):
        request.from_json({"target": "s3://shop/out/"})


@pytest.mark.parametrize("reported", [None, [], 5, "s3://shop/in/"])
def test_input_that_is_not_an_object_is_refused(reported):
    with pytest.raises(InvalidParameter, match="an object"):
        request.from_json(reported)
