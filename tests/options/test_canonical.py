"""The contents of the canonical form, and the texts that it refuses."""

from typing import get_args

import pytest

from cutout.errors import CutoutError, InvalidParameter
from cutout.options import canonical
from cutout.options.quality import Quality
from cutout.options.record import Options
from cutout.options.values import Length, Margins, Reference

TEN = Length(10.0)


def test_the_canonical_form_has_only_values_that_differ_from_the_defaults():
    assert canonical.to_json(Options()) == {"v": 1}
    assert canonical.to_json(
        Options(crop=True, margin=Margins(TEN, TEN, TEN, TEN), scale=0.333, max_pixels=4_000_000)
    ) == {
        "v": 1,
        "crop": True,
        "margin": "10px 10px 10px 10px",
        "scale": "33.3%",
        "max_pixels": 4_000_000,
    }


def test_a_picture_and_its_digest_have_the_same_identity():
    stored = Options(backdrop=Reference(sha256=canonical.digest(b"picture")))

    assert canonical.identity(Options(backdrop=b"picture")) == canonical.identity(stored)


def test_equal_numbers_have_the_same_identity():
    assert canonical.identity(Options(scale=1)) == canonical.identity(Options(scale=1.0))


def test_options_that_repeat_what_their_quality_implies_have_its_identity():
    plain, fast = Options(), Options(quality="fast")

    assert canonical.identity(Options(edges="fast")) == canonical.identity(plain) == '{"v":1}'
    assert canonical.identity(Options(quality="fast", model="u2netp")) == canonical.identity(fast)


def test_each_quality_has_its_own_identity():
    qualities = get_args(Quality)

    identities = {canonical.identity(Options(quality=quality)) for quality in qualities}

    assert len(identities) == len(qualities) == 3


@pytest.mark.parametrize(
    "data",
    [
        None, [], {}, {"v": 2}, {"v": 1, "outline": "4px"}, {"v": 1, "scale": 0.5},
        {"v": 1, "scale": "5%"}, {"v": 1, "crop": 1}, {"v": 1, "max_pixels": True},
        {"v": 1, "roi": None}, {"v": 1, "backdrop": "a.jpg"}, {"v": 1, "mask": {"path": "/etc"}},
        {"v": 1, "subject": -1}, {"v": 1, "subject": "smallest"}, {"v": 1, "format": ["png"]},
        {"v": 1, "quality": "finest"},
    ],
)  # fmt: skip
def test_an_invalid_canonical_form_is_refused(data):
    with pytest.raises(CutoutError):
        canonical.from_json(data)


def test_the_error_for_a_later_version_names_the_supported_one():
    with pytest.raises(InvalidParameter, match="v 1"):
        canonical.from_json({"v": 2})
