"""What a batch tells of its photos as they come, and of all at its end."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from .interrupt import INTERRUPTED


class Tally:
    def __init__(self, report: TextIO | None, show: Callable[[str], None]) -> None:
        self._report = report
        self._show = show  # a line, without breaking the progress bar
        self._count: Counter[str] = Counter()

    def add(self, outcome: Mapping[str, Any]) -> None:
        self._count[outcome["status"]] += 1
        if outcome["status"] == "failed":
            self._show(f"{outcome['source']}: {outcome['message']} [{outcome['code']}]")
        if outcome["review"]:
            self._count["review"] += 1
            confidence = f"at a confidence of {outcome['confidence']:g}"
            self._show(f"{outcome['source']}: to review, {confidence}")
        if self._report:
            print(json.dumps(outcome), file=self._report, flush=True)

    def end(self, total: int) -> int:
        """The exit code tells whether all went well."""
        count = self._count
        left = total - count["done"] - count["skipped"] - count["failed"]
        summary = f"{count['done']} done, {count['skipped']} skipped, {count['failed']} failed"
        summary += f", {count['review']} to review" if count["review"] else ""
        print(f"{summary}, {left} left" if left else summary, file=sys.stderr)
        return INTERRUPTED if left else int(count["failed"] > 0)
