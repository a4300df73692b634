"""How Cutout is installed: as a distribution, or as a checkout or an image; and its extras."""

from importlib.util import find_spec
from pathlib import Path

from cutout.errors import ExtraMissing

HERE = Path(__file__).parents[1]
MODELS = HERE / "models"  # of a checkout or an image
# The modules that each extra of pyproject.toml brings.
EXTRAS = {
    "server": ("fastapi", "python_multipart", "uvicorn"),
    "aws": ("boto3",),
    "build": ("onnx", "pip"),
}


def is_distribution() -> bool:
    """Whether an installer put the package here, and the distribution's metadata beside it."""
    return any(HERE.glob("cutout_bg-*.dist-info"))


def has_extra(name: str) -> bool:
    return all(find_spec(module) for module in EXTRAS[name])


def require_extra(name: str, purpose: str) -> None:
    if not has_extra(name):
        missing = ", ".join(module for module in EXTRAS[name] if not find_spec(module))
        raise ExtraMissing(f"{purpose} needs {missing}; install cutout-bg[{name}]")
