"""A record of options is valid when made: each invalid value raises its own error."""

import pytest

from cutout import errors
from cutout.options.record import Options
from cutout.options.values import Length, Margins, Point, Region, Thresholds
from cutout.picture import Size


def px(*values):
    return tuple(Length(value) for value in values)


def percent(*values):
    return tuple(Length(value, "%") for value in values)


NINE = Region(*px(0, 0, 9, 9))


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: Options(edges="best"), errors.InvalidParameter),
        (lambda: Options(quality="fine"), errors.InvalidParameter),
        (lambda: Options(quality=""), errors.InvalidParameter),
        (lambda: Options(channels="rgb"), errors.InvalidParameter),
        (lambda: Options(profile="p3"), errors.InvalidParameter),
        (lambda: Options(subject="both"), errors.InvalidSubject),
        (lambda: Options(scale=0.05), errors.InvalidScale),
        (lambda: Options(scale=float("nan")), errors.InvalidScale),
        (lambda: Options(position=(0.5, 1.5)), errors.InvalidPosition),
        (lambda: Options(shadow=2), errors.InvalidShadow),
        (lambda: Options(blur=0.5), errors.InvalidBlur),
        (lambda: Options(canvas=Size(0, 10)), errors.InvalidCanvas),
        (lambda: Options(canvas=Size(100_000, 100_000)), errors.InvalidCanvas),
        (lambda: Options(background="white", blur=0.1), errors.MultipleBackgrounds),
        (lambda: Options(blend="seamless"), errors.InvalidParameter),
        (lambda: Options(backdrop=b"x", profile="keep"), errors.InvalidParameter),
        (lambda: Options(channels="alpha", format="zip"), errors.InvalidFormat),
        (lambda: Options(background="white", backdrop=b"x"), errors.MultipleBackgrounds),
        (lambda: Options(backdrop=b"x", blur=0.1), errors.MultipleBackgrounds),
        (lambda: Options(alpha=b"x", mask=b"x"), errors.InvalidParameter),
        (lambda: Options(alpha=b"x", binary=True), errors.InvalidParameter),
        (lambda: Options(alpha=b"x", opaque_interior=True), errors.InvalidParameter),
        (lambda: Options(alpha=b"x", thresholds=Thresholds()), errors.InvalidParameter),
        (lambda: Options(edges="off", thresholds=Thresholds()), errors.InvalidParameter),
        (lambda: Options(thresholds=Thresholds(foreground=256)), errors.InvalidParameter),
        (lambda: Options(thresholds=Thresholds(background=-1)), errors.InvalidParameter),
        (lambda: Options(thresholds=Thresholds(99, 100)), errors.InvalidParameter),
        (lambda: Options(thresholds=Thresholds(erode_px=-1)), errors.InvalidParameter),
        (lambda: Options(thresholds=Thresholds(erode_px=10**9)), errors.InvalidParameter),
        (lambda: Options(max_pixels=-1), errors.InvalidParameter),
        (lambda: Options(subject=-1), errors.InvalidSubject),
        (lambda: Options(margin=Margins(*px(1, 1, 1, 1))), errors.InvalidMargin),
        (lambda: Options(crop=True, margin=Margins(*px(-1, 1, 1, 1))), errors.InvalidMargin),
        (lambda: Options(crop=True, margin=Margins(*px(501, 1, 1, 1))), errors.InvalidMargin),
        (lambda: Options(crop=True, margin=Margins(*percent(1, 51, 1, 1))), errors.InvalidMargin),
        (lambda: Options(alpha=b"x", subject=0), errors.InvalidSubject),
        (lambda: Options(frame=NINE, crop=True), errors.InvalidFrame),
        (lambda: Options(frame=NINE, canvas=Size(9, 9)), errors.InvalidFrame),
        (lambda: Options(frame=NINE, scale=0.5), errors.InvalidFrame),
        (lambda: Options(frame=NINE, position=(0.0, 0.0)), errors.InvalidFrame),
        (lambda: Options(frame=Region(*px(5, 0, 5, 9))), errors.InvalidFrame),
        (lambda: Options(roi=Region(*px(5, 0, 5, 9))), errors.RegionEmpty),
        (lambda: Options(roi=Region(*px(-1, 0, 5, 9))), errors.RegionOutside),
        (lambda: Options(roi=Region(*percent(0, 0, 101, 9))), errors.RegionOutside),
        (lambda: Options(points=(Point(*px(-1, 2)),)), errors.InvalidPoints),
        (lambda: Options(points=(Point(*px(1, 2)),) * 101), errors.InvalidPoints),
        (lambda: Options(background="mauvish"), errors.InvalidColour),
        (lambda: Options(canvas=Size(-5, -5)), errors.InvalidCanvas),
        (lambda: Options(subject=True), errors.InvalidParameter),
        (lambda: Options(shadow=True), errors.InvalidParameter),
        (lambda: Options(model=None), errors.InvalidParameter),
        (lambda: Options(binary="false"), errors.InvalidParameter),
        (lambda: Options(canvas=(100, 100)), errors.InvalidParameter),
        (lambda: Options(position=(0.5,)), errors.InvalidPosition),
        (lambda: Options(max_pixels=1e6), errors.InvalidParameter),
        (lambda: Length(float("nan")), errors.InvalidParameter),
        (lambda: Length(float("inf")), errors.InvalidParameter),
        (lambda: Length(1e9), errors.InvalidParameter),
        (lambda: Length(1e-30), errors.InvalidParameter),
    ],
)
def test_invalid_values_raise_their_own_error(make, kind):
    with pytest.raises(kind):
        make()
