"""Install a client and run one of its actions against the service.

ask() returns the client's report to its user, which has `error` where there is no picture, and the
picture. It runs in a folder with photo.png.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.clients import replay
from tests.clients.tls_proxy import proxied
from tools.time_limits import limit_s

HERE = Path(__file__).parent
MISSING = "http://photos.example/404.png"
PYTHON = sys.executable
INSTALL = [PYTHON, "-m", "uv", "pip", "install", "--quiet", "--python", PYTHON,
           "--require-hashes", "--no-deps", "--no-build-isolation"]  # fmt: skip
NPM = shutil.which("npm")


@dataclass(frozen=True)
class Python:
    """A client of PyPI. python/ask.py sets its constants; the proxy is for one that has none."""

    name: str

    @property
    def package(self):
        return self.name

    @staticmethod
    def install(package, folder):
        requirements = HERE / "python" / f"{package}.txt"
        run([*INSTALL, "--target", folder, "-r", requirements], folder, limit_s(300))

    def ask(self, installed, action, service, key, folder):
        with proxied(service.port, folder) as proxy:
            env = {"PYTHONPATH": str(installed), **proxy}
            program = [PYTHON, "-W", "ignore", HERE / "python" / "ask.py"]
            words = [self.name, action, key, service.address]
            return report([*program, *words], folder, env), picture(folder)


@dataclass(frozen=True)
class Node:
    """A client of npm, which node/here.js leads to the service."""

    name: str
    package: str  # a folder in node/

    @staticmethod
    def install(package, folder):
        shutil.copytree(HERE / "node" / package, folder, dirs_exist_ok=True)
        shutil.copy(HERE / "node" / "ask.js", folder)
        options = ["--ignore-scripts", "--no-audit", "--no-fund"]
        run([NPM, "ci", *options], folder, limit_s(300))

    def ask(self, installed, action, service, key, folder):
        env = os.environ | {"CUTOUT_PORT": str(service.port)}
        program = ["node", "-r", HERE / "node" / "here.js", installed / "ask.js"]
        return report([*program, self.name, action, key], folder, env), picture(folder)


@dataclass(frozen=True)
class Replayed:
    """A client in replay.py, by the name of its class."""

    name: str
    package = ""

    @staticmethod
    def install(package, folder):
        pass

    def ask(self, installed, action, service, key, folder):
        client = getattr(replay, self.name)(service.port, key)
        try:
            if action == "account":
                return client.account(), None
            if "url" in action:
                return client.url(MISSING if action == "missing url" else replay.URL)
            method = getattr(client, action if action in ("base64", "json") else "file")
            return method(photo(folder), **replay.OPTIONS.get(action, {}))
        except replay.Failed as failed:
            return {"error": str(failed)}, None


def photo(folder):
    return (folder / "photo.png").read_bytes()


def picture(folder):
    result = folder / "result"
    return result.read_bytes() if result.exists() else None


def report(command, folder, env):
    return json.loads(run(command, folder, limit_s(60), env))


def run(command, folder, limit, env=None):
    ended = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=limit
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
