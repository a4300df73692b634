"""The file system."""

from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """All of the file or none: whoever interrupts us finds no half-written cutout."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
