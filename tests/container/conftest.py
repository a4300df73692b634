"""The image `cutout`, which `make test-container` has built, and Docker to run it."""

import pytest

from tools.container.sandbox import IMAGE, function


@pytest.fixture(scope="session")
def image():
    return IMAGE


@pytest.fixture(scope="module")
def started(image):
    """One running function for all tests of a file: each call follows those before it."""
    with function(image, CUTOUT_MODEL="u2netp") as lambda_function:
        yield lambda_function
