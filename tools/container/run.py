"""What is measured of a new container; `make cost` reads it too."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """Its init phase, its first call, its later ones."""

    tool: str
    model: str
    megapixels: float
    memory_mb: int
    architecture: str
    init_ms: float
    first_ms: float
    warm_ms: float
    peak_mb: float
    in_bytes: int
    out_bytes: int
    log_bytes: int  # that a warm call writes, metrics included; without Lambda's own lines
