"""Searches for the files that cost the most to read, against a normal photo of 50 MP."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .attack import Attack
from .cost import Cost
from .normal import PROGRESSIVE

HEAD = 600  # bytes, which a mutation changes a number of
EXTREMES = (0, 1, 127, 255, 65_535, 2**31 - 1, 2**32 - 1)
MUTATED = 100_000  # bytes of the files that are mutated at most

Measure = Callable[[bytes], Cost]


@dataclass(frozen=True)
class Found:
    """A file that the search has measured, and the photo that it is compared with."""

    kind: str
    name: str
    data: bytes
    cost: Cost
    photo: Cost

    @property
    def seconds(self) -> float:
        """Processor seconds, as a multiple of the photo's."""
        return self.cost.seconds / self.photo.seconds

    @property
    def mb(self) -> float:
        """Memory, as a multiple of the photo's."""
        return self.cost.mb / self.photo.mb

    @property
    def score(self) -> float:
        return max(self.seconds, self.mb)


def baseline(kind: str, photos: Mapping[str, Cost]) -> Cost:
    """Return what a file of a kind may cost: the dearer of the photo of its kind and of the
    progressive JPEG, in time and in memory."""
    both = photos[kind], photos[PROGRESSIVE]
    return Cost(max(one.seconds for one in both), max(one.mb for one in both), "")


def climb(attack: Attack, photo: Cost, measure: Measure, is_quick: bool = False) -> Found:
    """Return the dearest file of an attack: each choice in turn is tried with the best of the
    others, or the first of all alone if the search has to be quick."""

    def tried(choices: Mapping[str, object]) -> Found:
        data = attack.write(**choices)
        return Found(attack.kind, attack.name, data, measure(data), photo)

    choices = {name: values[0] for name, values in attack.choices.items()}
    best = tried(choices)
    for name, values in attack.choices.items():
        for value in () if is_quick else values[1:]:
            found = tried(choices | {name: value})
            if found.score > best.score:
                best, choices = found, choices | {name: value}
    return best


def mutations(seed: Found, count: int, measure: Measure) -> Iterator[Found]:
    """Yield files with a number changed in the head of one that was found."""
    chance = random.Random(seed.name)
    for _ in range(count if len(seed.data) <= MUTATED else 0):
        data = bytearray(seed.data)
        for _ in range(chance.randint(1, 3)):
            size = chance.choice((1, 2, 4))
            at = chance.randrange(max(1, min(HEAD, len(data)) - size))
            value = chance.choice(EXTREMES) % 256**size
            data[at : at + size] = value.to_bytes(size, chance.choice(("big", "little")))
        changed = bytes(data)
        yield Found(seed.kind, f"{seed.name}, changed", changed, measure(changed), seed.photo)


def dearest(found: Sequence[Found], count: int) -> list[Found]:
    return sorted(found, key=lambda one: one.score, reverse=True)[:count]
