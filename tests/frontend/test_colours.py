"""Colours beside Chromium's, of files that name them in every way."""

import numpy as np
from skimage.color import deltaE_ciede2000, rgb2lab

from cutout import codec
from tests.codec import colour_cases
from tests.frontend.decoding import decoded

NO_LIMIT = 10**9
MOST = 2  # CIEDE2000


def test_colours_are_those_that_chromium_shows(empty_page):
    """Prints the table with `-s`."""
    differences = {}
    for name, case in colour_cases.cases().items():
        ours = np.asarray(codec.decode(case.data, NO_LIMIT, NO_LIMIT)[0])
        theirs = decoded(empty_page, case.data, case.media_type)
        lab, other = rgb2lab(ours[..., :3]), rgb2lab(theirs[..., :3])
        differences[name] = deltaE_ciede2000(lab, other).max()
        print(f"{name:45} {differences[name]:5.2f}")

    assert {name: value for name, value in differences.items() if value > MOST} == {}
