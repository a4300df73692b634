"""The bench from its plan to its stored tables."""

import pytest

from tools import sections
from tools.contenders.catalogue import Tool
from tools.speed import bench, measuring, plan
from tools.speed.photos import Photo
from tools.speed.plan import Case

pytestmark = pytest.mark.slow

COUNTING = Tool("counting", "ours", "tests.tools.odd_tools:counting")
REFUSING = Tool("refusing", "ours", "tests.tools.odd_tools:refusing")
FIRST, SECOND = Case(Photo(1)), Case(Photo(12))


@pytest.fixture
def run(monkeypatch, tmp_path, photo):
    """Return a function that runs the quick bench of two small cases."""
    path = tmp_path / "photo.png"
    path.write_bytes(photo)
    monkeypatch.setattr(sections, "BUILD", tmp_path)
    monkeypatch.setattr(measuring, "make", lambda _: path)
    monkeypatch.setattr(bench.originals, "prepare", lambda: tmp_path)
    names = (plan.REMBG, plan.CUTOUT_NOW)
    monkeypatch.setattr(plan, "QUICK", {FIRST: (names, 1), SECOND: (names, 1)})
    monkeypatch.setattr(plan, "TOOLS", dict.fromkeys(names, COUNTING))

    return lambda: bench.run(True, None)


@pytest.fixture
def rounds(tmp_path):
    """Return a function that returns the rounds' lines in the log."""
    path = tmp_path / "quick" / "bench" / "rounds.jsonl"
    return lambda: list(filter(None, path.read_text().splitlines()))


def test_a_quick_run_stores_its_tables_apart_from_those_of_the_pages(run, tmp_path):
    run()

    stored = {path.parent.name for path in (tmp_path / "quick").glob("*/table.md")}
    assert stored == {"aims", "speed", "bench", "stages"}
    assert "a quick run" in (tmp_path / "quick" / "aims" / "table.md").read_text()
    assert {path.name for path in tmp_path.iterdir()} == {"photo.png", "quick"}


def test_a_run_after_a_complete_one_starts_anew(run, rounds):
    run()
    before = rounds()

    run()

    assert len(rounds()) == len(before)
    assert rounds() != before


def test_a_run_that_is_stopped_keeps_what_it_has_and_the_next_one_adds_the_rest(
    run, rounds, monkeypatch, capsys
):
    def stop_at_second(photo):
        if photo == SECOND.photo:
            raise KeyboardInterrupt
        return make(photo)

    make = measuring.make
    monkeypatch.setattr(measuring, "make", stop_at_second)
    with pytest.raises(KeyboardInterrupt):
        run()
    kept = rounds()
    assert "goes on from there" in capsys.readouterr().err

    monkeypatch.setattr(measuring, "make", make)
    run()

    assert kept
    assert rounds()[: len(kept)] == kept
    assert len(rounds()) == 2 * len(kept)


def test_a_case_that_fails_is_in_the_tables_and_an_error(run, monkeypatch, tmp_path):
    monkeypatch.setitem(plan.TOOLS, "refusing", REFUSING)
    monkeypatch.setitem(plan.QUICK, SECOND, (("refusing",), 1))

    with pytest.raises(bench.Incomplete, match="1 cases failed"):
        run()

    table = (tmp_path / "quick" / "bench" / "table.md").read_text()
    assert "| 12 MP | 1 | failed: nothing stands out |" in table
    assert "| 1 MP | 1 | Cutout |" in table


def test_tables_are_made_again_without_a_measurement(run, rounds, tmp_path):
    run()
    before = rounds()
    (tmp_path / "quick" / "aims" / "table.md").unlink()

    bench.repeat(True, None)

    assert rounds() == before
    assert (tmp_path / "quick" / "aims" / "table.md").exists()


def test_tables_of_nothing_are_an_error(run):
    with pytest.raises(bench.Incomplete, match="nothing is measured"):
        bench.repeat(True, None)
