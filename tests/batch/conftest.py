import json
from collections import defaultdict

import pytest

from cutout.batch import order, places
from cutout.batch.order import Batch
from tests.memory import MemoryBucket


@pytest.fixture
def buckets(clock):
    """Of any name."""
    made = defaultdict(lambda: MemoryBucket(clock))
    return made.__getitem__


@pytest.fixture
def put(buckets):
    def put(place, data=b"photo"):
        found = places.place(place)
        buckets(found.bucket).put(found.key, data, "application/octet-stream")

    return put


@pytest.fixture
def lines(buckets):
    """What is in a file of JSON lines."""

    def lines(place):
        found = places.place(str(place))
        return [json.loads(line) for line in buckets(found.bucket).get(found.key).data.splitlines()]

    return lines


@pytest.fixture
def asked():
    def asked(source="s3://shop/in/", target="s3://shop/out/", **more):
        return order.read({"source": source, "target": target} | more)

    return asked


@pytest.fixture
def batch(asked):
    def batch(source="s3://shop/in/", **more):
        return Batch("b1", asked(source, **more))

    return batch
