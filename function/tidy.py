"""Makes a layer of a folder, while the image is built: what runs, compiled, the same each time.

`python3 tidy.py ROOT`, where ROOT/var/task becomes /var/task.
"""

import compileall
import os
import shutil
import sys
from pathlib import Path

# Wheels bring these for people who develop with them.
FOLDERS = {"__pycache__", "tests", "testing", "include", "bin"}
SUFFIXES = {".pyi", ".pxd", ".h", ".a", ".toml"}
PIPS_OWN = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
# ONNX Runtime's tools for making and changing networks. They need packages that are not here.
MAKERS = {"datasets", "quantization", "tools", "transformers"}
# The services of AWS that are called; botocore describes some four hundred.
CALLED = {"dynamodb", "s3", "sqs"}
MTIME = 315_532_800  # 1980-01-01: the same in every build


def main() -> None:
    folder = Path(sys.argv[1])
    for path in list(folder.rglob("*")):
        if _is_left_out(path):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    # Without a time in its header, and never compared with its source: a pyc is the same each time.
    compileall.compile_dir(
        folder, quiet=1, stripdir=folder, prependdir="/",
        invalidation_mode=compileall.py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )  # fmt: skip
    for path in [folder, *folder.rglob("*")]:
        executable = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if executable else 0o644)  # Lambda runs as a user of its own
        os.utime(path, (MTIME, MTIME))


def _is_left_out(path: Path) -> bool:
    if path.name in FOLDERS or path.suffix in SUFFIXES:
        return True
    if path.parent.suffix == ".dist-info":
        return path.name in PIPS_OWN
    if path.parent.name == "data" and path.parent.parent.name in ("boto3", "botocore"):
        return path.is_dir() and path.name not in CALLED
    return path.parent.name == "onnxruntime" and path.name in MAKERS


if __name__ == "__main__":
    main()
