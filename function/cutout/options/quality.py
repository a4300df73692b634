"""What each quality implies for a request that names no model or no edges of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Quality = Literal["fast", "standard", "best"]
Edges = Literal["off", "fast", "fine"]


@dataclass(frozen=True)
class Implied:
    """The model and edges that a quality implies."""

    model: str  # empty is the default of Settings
    edges: Edges


IMPLIED: Mapping[Quality, Implied] = {
    "fast": Implied(model="u2netp", edges="fast"),
    "standard": Implied(model="", edges="fast"),
    "best": Implied(model="", edges="fast"),
}
