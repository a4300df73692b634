"""What the services stand on in their tests: a clock moved by hand, and a table in memory."""

import pytest

from tests.memory import Clock, MemoryTable


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def table():
    return MemoryTable()
