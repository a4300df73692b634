"""`python -m tools.speed`, from its arguments to its exit code."""

import pytest

from tools import sections
from tools.contenders.process import Unavailable
from tools.speed import __main__ as command


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Return a function that runs the command with a substitute for the bench `starts`."""
    monkeypatch.setattr(sections, "BUILD", tmp_path)

    def run(table):
        monkeypatch.setitem(command.TABLES, "starts", table)
        monkeypatch.setattr("sys.argv", ["speed", "starts"])
        return command.main()

    return run


def test_the_table_is_printed_and_stored_for_the_readme(run, capsys, tmp_path):
    assert run(lambda: "| a table |\n") == 0

    assert (tmp_path / "starts" / "table.md").read_text() == "| a table |\n"
    assert "| a table |" in capsys.readouterr().out


def test_a_tool_that_cannot_start_is_an_error_of_one_sentence(run, capsys, tmp_path):
    def table():
        raise Unavailable("its environment is not installed; `make peers` installs it")

    assert run(table) == 1
    assert capsys.readouterr().err == (
        "starts: its environment is not installed; `make peers` installs it\n"
    )
    assert not (tmp_path / "starts").exists()


def test_an_earlier_checkout_without_its_environment_is_refused(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("sys.argv", ["speed", "bench", "--before", str(tmp_path)])

    with pytest.raises(SystemExit):
        command.main()

    assert "`make models`" in capsys.readouterr().err
