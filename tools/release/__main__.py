"""Release a version from main, on this machine: `make release VERSION=1.4.0`.

Commits and tags the version, unless its tag is checked out, and builds its files into
build/release/VERSION. Pushes nothing.
"""

import argparse
import signal
import subprocess
import sys
from pathlib import Path

from tools.container import base
from tools.container.engine import NoDocker, engine
from tools.sections import BUILD, ROOT
from tools.supply.sbom import NotAllowed

from . import cut, files
from .repository import MAIN, Refused, Repository, numbers, tag_of

RELEASES = BUILD / "release"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.release", description=__doc__)
    parser.add_argument("version", help="three numbers, such as 1.4.0")
    parser.add_argument(
        "--standin", action="store_true",
        help="where AWS's base image cannot be pulled, build on a stand-in, for trials alone",
    )  # fmt: skip
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that our own engine ends too
    repository, target = Repository(ROOT), RELEASES / arguments.version
    try:
        release(repository, arguments.version, target, arguments.standin)
    except (Refused, NoDocker, base.NotBuilt, NotAllowed) as error:
        print(f"make release: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        command = " ".join(map(str, error.cmd[:4]))
        print(f"make release: `{command} ...` failed, and says why above", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("make release: stopped; run the same command again to go on", file=sys.stderr)
        return 128 + signal.SIGINT
    print(next_steps(arguments.version, target))
    return 0


def release(repository: Repository, version: str, target: Path, allows_standin: bool) -> None:
    """Commit and tag a version, unless its tag is checked out, and build its files.

    Raises Refused where that is not possible, before anything is changed.
    """
    numbers(version)
    if target.exists():
        raise Refused(f"{target} exists; remove it to build the files of {version} again")
    is_tagged = repository.is_at(version)
    if is_tagged:
        cut.check_tree(repository)
    texts = {} if is_tagged else cut.prepare(repository, version)
    files.check_networks()
    with engine():
        base.ensure()
        is_standin = base.is_standin(base.BASE)
        check_base(is_standin, allows_standin)
        if not is_tagged:
            cut.commit(repository, version, texts)
        files.build(repository, version, target, is_standin)


def check_base(is_standin: bool, allows_standin: bool) -> None:
    """Raise Refused for a base image that others could not build on."""
    if is_standin and not allows_standin:
        raise Refused(
            f"{base.BASE} cannot be pulled. With STANDIN=1 a trial builds the image on a stand-in"
        )
    if not is_standin and not base.pinned_digest():
        raise Refused(f"{base.BASE} is not pinned; run `make update`, and commit {base.PIN.name}")


def next_steps(version: str, target: Path) -> str:
    names = "\n".join(f"  {path.name}" for path in sorted(target.iterdir()))
    return (
        f"{target}:\n{names}\n"
        f"Nothing is pushed or published. `git push origin {MAIN} {tag_of(version)}` does the "
        f"first; docs/releases.md says what follows."
    )


if __name__ == "__main__":
    sys.exit(main())
