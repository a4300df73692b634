import json
from collections import defaultdict

import pytest

from cutout.batch import paths, request
from cutout.batch.request import Batch
from tests.memory import MemoryBucket


@pytest.fixture
def buckets(clock):
    """Return a bucket in memory for any name."""
    made = defaultdict(lambda: MemoryBucket(clock))
    return made.__getitem__


@pytest.fixture
def put(buckets):
    def put(place, data=b"photo"):
        found = paths.parse(place)
        buckets(found.bucket).put(found.key, data, "application/octet-stream")

    return put


@pytest.fixture
def lines(buckets):
    """Read a file of JSON lines."""

    def lines(place):
        found = paths.parse(str(place))
        return [json.loads(line) for line in buckets(found.bucket).get(found.key).data.splitlines()]

    return lines


@pytest.fixture
def asked():
    def asked(source="s3://shop/in/", target="s3://shop/out/", **more):
        return request.from_json({"source": source, "target": target} | more)

    return asked


@pytest.fixture
def batch(asked):
    def batch(source="s3://shop/in/", **more):
        return Batch("b1", asked(source, **more))

    return batch
