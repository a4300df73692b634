"""Run a contender in a process of its own, with a number of threads, and ask it for cutouts."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from typing import Any

from .catalogue import BUILD, ROOT, Tool

PYTHONS = {"ours": Path(sys.executable), "peers": ROOT / ".peers" / "bin" / "python"}
# The environment variables that set the number of threads in the libraries of all contenders.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "CUTOUT_THREADS")

LIMIT_S = 600  # for one answer; a process that takes longer is ended


class Unavailable(Exception):
    """A contender cannot be started; str(error) gives the reason."""


class Failed(Exception):
    """A contender ended without an answer; str(error) is the last line that it wrote."""


@dataclass(frozen=True)
class Answer:
    seconds: float  # from the bytes of the photo to those of the cutout
    cpu_seconds: float  # processor time of the same, by all threads
    bytes: int
    peak_mb: float
    refused: str  # the reason, if the tool found no subject
    said: dict[str, Any]  # what the tool reports about its work

    @property
    def cut_seconds(self) -> float:
        """Processor time: without decoding and encoding if the tool reports it, or of the call.

        Other programs on the machine lengthen it far less than they do `seconds`.
        """
        return float(self.said.get("seconds", self.cpu_seconds))


class Contender:
    def __init__(self, tool: Tool, threads: int, models: Path, limit_s: float = LIMIT_S) -> None:
        """Start the process. `models` is the folder of the original networks, which rembg uses."""
        python = _python(tool)
        self._limit_s = limit_s
        self._errors = TemporaryFile()  # noqa: SIM115 (lives as long as the process)
        try:
            self._process = subprocess.Popen(
                [python, "-m", "tools.contenders.worker", tool.function,
                 json.dumps(tool.arguments)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True,
                cwd=tool.root, env=environment(threads, models) | _packages(tool),
            )  # fmt: skip
        except OSError as error:
            self._errors.close()
            raise Unavailable(str(error)) from error

    def __enter__(self) -> "Contender":
        try:
            self._read()  # the worker writes a line when it is ready
        except Failed as error:
            raise Unavailable(str(error)) from error
        except KeyboardInterrupt:  # __exit__ is not called, so the process would stay
            self._end()
            raise
        return self

    def ask(self, photo: Path, out: Path | None = None, **hints: Any) -> Answer:
        """Cut out a photo into the file `out`; raise Failed if the process ends."""
        task = {"photo": str(photo.resolve()), "out": str(out.resolve()) if out else "",
                "hints": hints}  # fmt: skip
        try:
            print(json.dumps(task), file=self._process.stdin, flush=True)
        except BrokenPipeError:
            raise Failed(self._failure()) from None
        return Answer(**self._read())

    def _read(self) -> Any:
        assert self._process.stdout
        timer = Timer(self._limit_s, self._process.kill)
        timer.start()
        try:
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        if line:
            return json.loads(line)
        raise Failed(self._failure())

    def _failure(self) -> str:
        self._process.communicate()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        self._errors.close()
        if (code := self._process.returncode) < 0:
            return f"was ended by signal {-code}, out of memory or after {self._limit_s:.0f} s"
        return lines[-1] if lines else f"ended with {code}"

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._end(at_once=kind is not None)

    def _end(self, at_once: bool = True) -> None:
        if at_once:
            self._process.kill()
        if not self._errors.closed:
            self._process.communicate()
            self._errors.close()


def environment(threads: int, models: Path) -> dict[str, str]:
    """Return the variables of a contender's process.

    It keeps the byte-code of what it imports, as pip does at installation and uv does not: without,
    each start would compile all modules again, which takes rembg 1.7 s.
    """
    limits = {name: str(threads) for name in THREADS}
    own = {
        "U2NET_HOME": str(models),
        "PYTHONWARNINGS": "ignore",
        "PYTHONPYCACHEPREFIX": str(BUILD / "bytecode"),
    }
    variables = os.environ | limits | own
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    return variables


def _python(tool: Tool) -> Path:
    if tool.root != ROOT:
        return tool.root / ".venv" / "bin" / "python"
    python = PYTHONS[tool.environment]
    if not python.exists():
        raise Unavailable("its environment is not installed; `make peers` does it or says why not")
    return python


def _packages(tool: Tool) -> dict[str, str]:
    """Let another checkout run its own Cutout, also where its .venv is a link to another one's."""
    return {} if tool.root == ROOT else {"PYTHONPATH": str(tool.root / "function")}
