"""Compare a tuned model with the one it was made of, on each kind of pictures of a folder.

    python -m tools.quality.tuned DATA MODEL [BASE]

The maps are measured as the network gives them, stretched and enlarged, without any refining of
edges. A model that was tuned on one kind usually loses on others: this prints by what.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from cutout import engines
from cutout.config import Settings
from cutout.core import geometry, saliency
from cutout.core.arrays import Map
from cutout.engine.session import Session
from cutout.errors import CutoutError
from cutout.models import agreement
from cutout.models.agreement import Scores

from . import dataset
from .dataset import DataError, Picture, read_truth


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.quality.tuned", description=__doc__)
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("model", metavar="MODEL", help="a name, of a file in CUTOUT_MODELS")
    parser.add_argument("base", metavar="BASE", nargs="?", default="u2net")
    arguments = parser.parse_args()
    settings = Settings.from_env()
    try:
        models = engines.models(settings)
        sessions = [models.session(name) for name in (arguments.base, arguments.model)]
        compare(dataset.load(arguments.data).pictures, *sessions)
    except (CutoutError, DataError) as error:
        print(f"quality: {error}", file=sys.stderr)
        return 1
    return 0


def compare(pictures: Sequence[Picture], base: Session, tuned: Session) -> None:
    """Print the scores of both models on each kind of pictures."""
    kinds: dict[str, list[tuple[Scores, Scores]]] = defaultdict(list)
    for picture in tqdm(pictures, unit="picture"):
        truth = agreement.in_unit(read_truth(picture).alpha)
        kinds[picture.category].append(
            (_score(base, picture, truth), _score(tuned, picture, truth))
        )
    for kind, scores in kinds.items():
        before, after = (agreement.joined(each) for each in zip(*scores, strict=True))
        print(f"\n{kind}: {base.card.name} -> {tuned.card.name}, {len(scores)} pictures")
        print(agreement.report(before, after))


def _score(session: Session, picture: Picture, truth: Map) -> Scores:
    photo = dataset.read(picture.photo, "photo").convert("RGB")
    alpha = geometry.enlarge(saliency.stretch(session.predict(photo)), photo.size)
    return agreement.score([agreement.in_unit(np.asarray(alpha))], [truth])


if __name__ == "__main__":
    sys.exit(main())
