"""Tells how Cutout is installed (distribution, checkout or image) and which extras are present."""

from importlib.util import find_spec
from pathlib import Path

from cutout.errors import ExtraMissing

HERE = Path(__file__).parents[1]
MODELS = HERE / "models"  # exists in a checkout or an image
# The modules that each extra of pyproject.toml installs.
EXTRAS = {
    "server": ("starlette", "python_multipart", "uvicorn"),
    "aws": ("boto3",),
    "heic": ("pi_heif",),
    "build": ("onnx", "pip"),
}


def is_distribution() -> bool:
    """Tell whether an installer has put the distribution's metadata beside the package."""
    return any(HERE.glob("cutout_bg-*.dist-info"))


def has_extra(name: str) -> bool:
    """Tell whether all modules of an extra can be imported."""
    return all(find_spec(module) for module in EXTRAS[name])


def require_extra(name: str, purpose: str) -> None:
    """Raise ExtraMissing unless the extra is installed. purpose begins the sentence."""
    if not has_extra(name):
        missing = ", ".join(module for module in EXTRAS[name] if not find_spec(module))
        raise ExtraMissing(f"{purpose} needs {missing}; install cutout-bg[{name}]")
