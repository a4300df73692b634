import re
import subprocess
import sys
from pathlib import Path

import pytest

from cutout.errors import ModelsMissing
from cutout.models.lock import exclusive
from tests.processes import wait_while_running

ROOT = Path(__file__).parents[2]
SECOND = """
import sys
from pathlib import Path
from cutout.models.lock import exclusive
with exclusive(Path(sys.argv[1])):
    print("at last")
"""


def is_blocked(pid):
    """Return whether the process waits for a file lock, from /proc (see proc(5))."""
    return bool(re.search(rf"-> FLOCK +ADVISORY +WRITE +{pid} ", Path("/proc/locks").read_text()))


def test_a_second_process_prints_that_it_waits_and_then_continues(tmp_path):
    with exclusive(tmp_path):
        second = subprocess.Popen(
            [sys.executable, "-c", SECOND, tmp_path], cwd=ROOT,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        waiting = second.stderr.readline()
        wait_while_running(second, lambda: is_blocked(second.pid), "it waits for the lock")

    assert waiting == (f"another process is at work in {tmp_path}; waiting for it\n")
    assert second.communicate() == ("at last\n", "")


def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path):
    script = SECOND.replace('print("at last")', "import os; os.kill(os.getpid(), 9)")
    subprocess.run([sys.executable, "-c", script, tmp_path], cwd=ROOT, check=False)

    with exclusive(tmp_path):
        pass


def test_windows_without_file_locks_gets_an_error_sentence(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)

    with pytest.raises(ModelsMissing, match="Linux and macOS only"), exclusive(tmp_path):
        pass
