"""The canonical form: what is in it, and what is refused."""

import pytest

from cutout.errors import CutoutError, InvalidParameter
from cutout.options import canonical
from cutout.options.record import Length, Margins, Options, Reference

TEN = Length(10.0)


def test_it_holds_what_differs_from_the_defaults_alone():
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


def test_a_picture_at_hand_is_known_by_its_digest():
    stored = Options(backdrop=Reference(sha256=canonical.digest(b"picture")))

    assert canonical.identity(Options(backdrop=b"picture")) == canonical.identity(stored)


def test_numbers_that_are_equal_have_one_identity():
    assert canonical.identity(Options(scale=1)) == canonical.identity(Options(scale=1.0))


@pytest.mark.parametrize(
    "data",
    [
        None, [], {}, {"v": 2}, {"v": 1, "outline": "4px"}, {"v": 1, "scale": 0.5},
        {"v": 1, "scale": "5%"}, {"v": 1, "crop": 1}, {"v": 1, "max_pixels": True},
        {"v": 1, "roi": None}, {"v": 1, "backdrop": "a.jpg"}, {"v": 1, "mask": {"path": "/etc"}},
        {"v": 1, "subject": -1}, {"v": 1, "subject": "smallest"}, {"v": 1, "format": ["png"]},
    ],
)  # fmt: skip
def test_what_is_no_canonical_form_is_refused(data):
    with pytest.raises(CutoutError):
        canonical.from_json(data)


def test_a_later_version_is_named():
    with pytest.raises(InvalidParameter, match="v 1"):
        canonical.from_json({"v": 2})
