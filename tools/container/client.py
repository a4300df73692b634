"""Runs beside a function, in its network and among its processes: events in, answers out."""

import http.client
import json
import os
import sys
import time
from pathlib import Path

PORT = 8080
PATH = "/2015-03-31/functions/function/invocations"
SECONDS = 60


def main() -> None:
    wait()
    for line in sys.stdin:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=SECONDS)
        connection.request("POST", PATH, line.encode())
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        said = {"status": response.status, "text": text, "peak_mb": peak_mb()}
        print(json.dumps(said), flush=True)


def wait() -> None:
    for _ in range(SECONDS * 20):
        try:
            http.client.HTTPConnection("127.0.0.1", PORT, timeout=1).connect()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the Runtime Interface Emulator does not listen")


def peak_mb() -> float:
    """The most memory that the largest process, which is the runtime's, has held."""
    others = [path for path in Path("/proc").glob("[0-9]*") if path.name != str(os.getpid())]
    return max(map(held_mb, others), default=0)


def held_mb(process: Path) -> float:
    try:
        return int((process / "status").read_text().split("VmHWM:")[1].split()[0]) / 1000
    except (OSError, IndexError):  # it ended in this moment
        return 0


if __name__ == "__main__":
    main()
