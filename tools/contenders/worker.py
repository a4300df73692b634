"""The main program of a contender's process: MODULE:FUNCTION ARGUMENTS on its command line.

It reads a task from each line and writes an answer in a line, both JSON.
"""

import json
import os
import re
import sys
from importlib import import_module
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from .contract import Cut, Refused, Run


def main() -> None:
    module, function = sys.argv[1].split(":")
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(
        sys.stderr.fileno(), sys.stdout.fileno()
    )  # libraries may print; answers have a stream of their own
    run: Run = getattr(import_module(module), function)(**json.loads(sys.argv[2]))
    print(json.dumps("ready"), file=answers)
    for line in sys.stdin:
        print(json.dumps(_answer(run, json.loads(line))), file=answers)


def _answer(run: Run, task: dict[str, Any]) -> dict[str, Any]:
    data = Path(task["photo"]).read_bytes()
    start, cpu_start = perf_counter(), process_time()
    try:
        cut = run(data, **task["hints"])
        refused = ""
    except Refused as error:
        cut = Cut(b"")
        refused = str(error)
    seconds, cpu_seconds = perf_counter() - start, process_time() - cpu_start
    if task["out"] and cut.png:
        Path(task["out"]).write_bytes(cut.png)
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "bytes": len(cut.png),
        "peak_mb": peak_mb(),
        "refused": refused,
        "said": cut.said,
    }


def peak_mb() -> float:
    """Return the peak memory of this process.

    On Linux it is not the figure of getrusage, which a process inherits from its parent.
    """
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s*(\d+) kB", status.read_text())):
        return int(found[1]) * 1024 / 1e6
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS counts bytes


if __name__ == "__main__":
    main()
