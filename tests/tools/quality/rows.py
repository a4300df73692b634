"""Make outcomes with the figures that a test passes."""

from pathlib import Path

from tools.contenders.process import Answer
from tools.quality.dataset import Picture
from tools.quality.measures import Scores
from tools.quality.run import Outcome


def row(tool, name, category="portrait", f=0.5, refused="", failed="", seconds=1.0, **values):
    picture = Picture(name, category, Path(name), Path(name), kind="mask")
    answer = None if failed else Answer(seconds, seconds, 1000, 100.0, refused, {})
    return Outcome(tool, picture, Path(name), answer, failed, Scores(values, [f] * 256))
