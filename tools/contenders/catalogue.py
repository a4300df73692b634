"""Who is compared: a tool is a name, a function and the environment that the function runs in."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build"
ORIGINALS = BUILD / "fp32"  # the networks before they are quantized, as models of our own engine


@dataclass(frozen=True)
class Tool:
    name: str
    environment: Literal["ours", "peers"]
    function: str  # MODULE:FUNCTION, which gets the arguments once and then a photo a call
    arguments: dict[str, Any] = field(default_factory=dict)
    hint: Literal["", "box", "alpha", "map"] = ""  # what the tool is shown besides each photo
    note: str = ""

    def fingerprint(self) -> str:
        """Changes with all that its results depend on."""
        parts = [self.function.encode(), repr(self.arguments).encode()]
        parts += [path.read_bytes() for path in sorted(self._sources())]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]

    def _sources(self) -> list[Path]:
        module = self.function.split(":")[0].replace(".", "/")
        here = ROOT / "tools" / "contenders"
        own = [ROOT / f"{module}.py", here / "pixels.py", here / "worker.py", here / "contract.py"]
        if self.environment == "peers":
            return [*own, ROOT / "tools/peers.txt"]
        function = ROOT / "function"
        return [*own, function / "requirements.txt", *function.glob("models/*.onnx"),
                *function.glob("cutout/**/*.py")]  # fmt: skip


def ours(model: str, folder: Path | None = None, **options: str) -> dict[str, Any]:
    return {"model": model, "models": str(folder or "")} | options


CUTOUT, REMBG = "tools.contenders.ours:cutout", "tools.contenders.rembg:rembg"

TOOLS = (
    Tool("cutout u2net", "ours", CUTOUT, ours("u2net")),
    Tool("cutout u2netp", "ours", CUTOUT, ours("u2netp")),
    Tool(
        "cutout u2net, edges off", "ours", CUTOUT, ours("u2net", edges="off"),
        note="the map as it is, enlarged, as rembg gives it unless it is asked for more",
    ),
    Tool("cutout u2netp, edges off", "ours", CUTOUT, ours("u2netp", edges="off")),
    Tool("cutout u2net fp32", "ours", CUTOUT, ours("u2net-fp32", ORIGINALS)),
    Tool("cutout u2netp fp32", "ours", CUTOUT, ours("u2netp-fp32", ORIGINALS)),
    Tool("cutout u2net fp32, edges off", "ours", CUTOUT,
         ours("u2net-fp32", ORIGINALS, edges="off")),
    Tool("cutout u2netp fp32, edges off", "ours", CUTOUT,
         ours("u2netp-fp32", ORIGINALS, edges="off")),
    Tool("rembg u2net", "peers", REMBG, {"model": "u2net"}),
    Tool("rembg u2netp", "peers", REMBG, {"model": "u2netp"}),
    Tool("rembg u2net -a", "peers", REMBG, {"model": "u2net", "matting": True}),
    Tool("rembg u2netp -a", "peers", REMBG, {"model": "u2netp", "matting": True}),
    Tool(
        "OpenCV GrabCut", "peers", "tools.contenders.opencv:grabcut", hint="box",
        note="is shown the box of the truth, a tenth larger, as a person would draw it",
    ),
    Tool(
        "OpenCV MOG2", "peers", "tools.contenders.opencv:mog2",
        note="is made for film: it gets 30 still frames of a background guessed from the photo's "
             "border, then the photo. With the photo as its only frame it marks every pixel, as "
             "the null tool does.",
    ),
    Tool("null", "ours", "tools.contenders.null:null", note="keeps everything: the floor"),
)  # fmt: skip


# What is under a true alpha whose colours nobody knows.
COLOURS = Tool("true colours", "peers", "tools.contenders.colours:estimated", hint="alpha")

# The edges alone: all get the same map, and no network is asked.
EDGES, GIVEN = "tools.contenders.mattes:edges", "tools.contenders.rembg:given"
MATTES = (
    Tool("edges off", "ours", EDGES, {"edges": "off"}, hint="map"),
    Tool("edges fast", "ours", EDGES, {"edges": "fast"}, hint="map"),
    Tool("edges fine", "ours", EDGES, {"edges": "fine"}, hint="map"),
    Tool("rembg -dc", "peers", GIVEN, {"decontaminate": True}, hint="map"),
    Tool("rembg -a", "peers", GIVEN, {"alpha_matting": True}, hint="map"),
)


def find(name: str) -> Tool:
    return {tool.name: tool for tool in TOOLS}[name]
