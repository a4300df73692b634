"""Networks: found by file name, and loaded once in a process.

ONNX Runtime is imported with the first session: a process whose pictures are cut out by worker
processes does without it, which is 40 MB.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cutout.errors import ModelsMissing, UnknownModel
from cutout.options.spelling import nearest

if TYPE_CHECKING:
    from .session import Session


class Models:
    """The models in some folders. A session is created at its first use and kept.

    `at_first_use` holds functions by model name, for further models: they return the path of the
    model's file, which they may download first, or raise ModelsMissing. Pickling leaves out the
    sessions.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        default: str,
        threads: int,
        at_first_use: Mapping[str, Callable[[], Path]] = MappingProxyType({}),
    ) -> None:
        self._at_first_use = dict(at_first_use)
        self._paths = {path.stem: path for folder in folders for path in folder.glob("*.onnx")}
        self._default = default
        self._threads = threads
        self._sessions: dict[str, Session] = {}
        self._lock = Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_sessions": {}, "_lock": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=Lock())

    def session(self, name: str = "") -> "Session":
        """Return the session of a model; an empty name is the default's. Raises UnknownModel,
        ModelsMissing or UnusableModel."""
        name = name or self._default
        if name in self._sessions:  # without waiting for another that is being loaded
            return self._sessions[name]
        with self._lock:
            if name not in self._sessions:
                from .session import Session

                self._sessions[name] = Session(self.path(name), self._threads)
            return self._sessions[name]

    def check(self, name: str) -> None:
        """Raise UnknownModel or ModelsMissing if there is no such model. Loads nothing."""
        name = name or self._default
        if name in self._paths or name in self._at_first_use:
            return
        if not self._paths and not self._at_first_use:
            raise ModelsMissing("there is no network here; run `make models` first")
        known = sorted({*self._paths, *self._at_first_use})
        suggestion = nearest(name[:40], known)
        raise UnknownModel(f"there is no model {name[:40]!r}; have {', '.join(known)}{suggestion}")

    def names(self) -> list[str]:
        """Return the names of all models, with the default's first."""
        return sorted(
            {*self._paths, *self._at_first_use}, key=lambda name: (name != self._default, name)
        )

    def is_loaded(self) -> bool:
        """Return whether this process has loaded the default network."""
        return self._default in self._sessions

    def path(self, name: str) -> Path:
        """Return the path of a model's file, which may be downloaded first. Raises UnknownModel or
        ModelsMissing."""
        self.check(name)
        return self._paths[name] if name in self._paths else self._at_first_use[name]()
