"""The image `cutout`, which `make test-container` has built, and Docker to run it."""

import pytest

from tools.container.sandbox import IMAGE, function


@pytest.fixture(scope="session")
def image():
    return IMAGE


@pytest.fixture(scope="module")
def started(image):
    """One function for the tests of a file: each is also the next call after the last one's."""
    with function(image, CUTOUT_MODEL="u2netp") as lambda_function:
        yield lambda_function
