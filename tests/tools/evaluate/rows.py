"""Rows as a run makes them, of figures that are given."""

from pathlib import Path

from tools.contenders.process import Answer
from tools.evaluate.dataset import Picture
from tools.evaluate.measures import Scores
from tools.evaluate.run import Outcome
from tools.evaluate.score import Row


def row(tool, name, category="portrait", f=0.5, refused="", failed="", seconds=1.0, **values):
    picture = Picture(name, category, Path(name), Path(name), kind="mask")
    picture.__dict__["key"] = name  # the property would read the files
    answer = None if failed else Answer(seconds, 1000, 100.0, refused, {})
    return Row(Outcome(tool, picture, Path(name), answer, failed), Scores(values, [f] * 256))
