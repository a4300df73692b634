"""The search for the files that cost the most to read."""

import pytest

from tools.dearest import __main__, cost, search
from tools.dearest.attack import Attack
from tools.dearest.cost import Cost
from tools.dearest.jpeg import small

PHOTO = Cost(1.0, 100.0, "")
# Twice the photo is the budget; figures of a busy machine differ by a quarter.
MOST = 2.5


def seconds_of_length(data):
    return Cost(len(data), 1.0, "")


def test_the_search_finds_the_dearest_choice_of_each_argument():
    attack = Attack("PNG", "long", lambda a, b: bytes(a * b), a=(1, 7, 3), b=(2, 5))

    assert len(search.climb(attack, PHOTO, seconds_of_length).data) == 35
    assert len(search.climb(attack, PHOTO, seconds_of_length, is_quick=True).data) == 2


def test_files_are_ordered_by_the_dearer_of_time_and_memory():
    costs = [Cost(0.5, 90.0, ""), Cost(3.0, 1.0, ""), Cost(0.1, 700.0, "")]
    found = [search.Found("PNG", str(one.mb), b"", one, PHOTO) for one in costs]

    assert [one.name for one in search.dearest(found, 2)] == ["700.0", "1.0"]


def test_a_file_may_cost_what_the_dearer_of_two_photos_costs():
    photos = {"PNG": Cost(1, 900, ""), "JPEG, progressive": Cost(2, 500, "")}

    assert search.baseline("PNG", photos) == Cost(2, 900, "")


def test_mutations_are_files_of_the_same_length_and_the_same_each_time():
    seed = search.Found("PNG", "some", bytes(99), PHOTO, PHOTO)
    first, again = (
        [one.data for one in search.mutations(seed, 9, seconds_of_length)] for _ in "ab"
    )

    assert first == again
    assert {len(data) for data in first} == {99}
    assert len(set(first)) > 5


@pytest.mark.slow
def test_a_file_is_measured_in_a_process_of_its_own():
    photo = cost.measure(small())
    assert photo.outcome == "256 x 256"
    assert 0 <= photo.seconds < cost.MOST_S
    assert "UnknownFileType" in cost.measure(b"words").outcome


@pytest.mark.nightly
@pytest.mark.parametrize("kind", __main__.KINDS)
def test_no_file_costs_twice_a_normal_photo(kind):
    _, found = __main__.find([kind], is_quick=True)

    assert [(one.name, one.cost) for one in search.dearest(found, 3) if one.score > MOST] == []
