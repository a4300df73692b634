"""The machine that a figure was measured on."""

import os
import platform
import re
from pathlib import Path


def machine() -> str:
    """Return the processor and the number of cores, without the name of the host."""
    info = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.+)", info.read_text()) if info.exists() else []
    return f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores"
