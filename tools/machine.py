"""What a figure was measured on."""

import os
import platform
import re
from pathlib import Path


def machine() -> str:
    """Which processor, and how many of it; not what the machine is called."""
    info = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.+)", info.read_text()) if info.exists() else []
    return f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores"
