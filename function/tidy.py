"""Turn a folder into a reproducible layer of the image: only files that are used, compiled.

`python3 tidy.py ROOT`, where ROOT/var/task becomes /var/task.
"""

import compileall
import os
import shutil
import sys
from pathlib import Path

# Parts of wheels that only developers need.
FOLDERS = {"__pycache__", "tests", "testing", "include", "bin"}
SUFFIXES = {".pyi", ".pxd", ".h", ".a", ".toml"}
PIPS_OWN = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
# ONNX Runtime's tools for making and changing networks, which need packages that the image lacks.
MAKERS = {"datasets", "quantization", "tools", "transformers"}
MTIME = 315_532_800  # 1980-01-01: the same in every build


def main() -> None:
    folder = Path(sys.argv[1])
    for path in list(folder.rglob("*")):
        if _is_left_out(path):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    # A pyc with an unchecked hash has no time in its header, so that builds are reproducible.
    compileall.compile_dir(
        folder, quiet=1, stripdir=folder, prependdir="/",
        invalidation_mode=compileall.py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )  # fmt: skip
    for path in [folder, *folder.rglob("*")]:
        executable = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if executable else 0o644)  # readable for Lambda's own user
        os.utime(path, (MTIME, MTIME))


def _is_left_out(path: Path) -> bool:
    if path.name in FOLDERS or path.suffix in SUFFIXES:
        return True
    if path.parent.suffix == ".dist-info":
        return path.name in PIPS_OWN
    # botocore finds credentials and describes four hundred services, of which Cutout uses none.
    if path.parent.name == "data" and path.parent.parent.name in ("boto3", "botocore"):
        return path.is_dir()
    return path.parent.name == "onnxruntime" and path.name in MAKERS


if __name__ == "__main__":
    main()
