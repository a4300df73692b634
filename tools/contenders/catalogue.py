"""The tools to compare: each has a name, a function, and the environment that it runs in."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build"
ORIGINALS = BUILD / "fp32"  # the networks before quantization, as models of our own engine


@dataclass(frozen=True)
class Tool:
    name: str
    environment: Literal["ours", "peers"]
    function: str  # MODULE:FUNCTION: called with the arguments, it returns a contract.Run
    arguments: dict[str, Any] = field(default_factory=dict)
    hint: Literal["", "box", "alpha", "map"] = ""  # what the tool gets besides each photo
    note: str = ""
    root: Path = ROOT  # the checkout whose Cutout it runs

    def fingerprint(self) -> str:
        """Hash all that the results of the tool depend on."""
        parts = [self.function.encode(), repr(self.arguments).encode()]
        parts += [path.read_bytes() for path in sorted(self._sources())]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]

    def _sources(self) -> list[Path]:
        module = self.function.split(":")[0].replace(".", "/")
        here = self.root / "tools" / "contenders"
        own = [self.root / f"{module}.py", here / "worker.py", here / "contract.py"]
        if self.environment == "peers":
            return [*own, self.root / "tools/peers.txt"]
        function = self.root / "function"
        return [*own, function / "requirements.txt", *function.glob("models/*.onnx"),
                *function.glob("cutout/**/*.py")]  # fmt: skip


def ours(model: str, folder: Path | None = None, **options: str) -> dict[str, Any]:
    return {"model": model, "models": str(folder or "")} | options


CUTOUT, REMBG = "tools.contenders.ours:cutout", "tools.contenders.rembg:rembg"

TOOLS = (
    Tool(
        "cutout best", "ours", CUTOUT, ours("u2net", quality="best"),
        note="the quality `best`, of two inferences; the other rows are of one each",
    ),
    Tool("cutout u2net", "ours", CUTOUT, ours("u2net")),
    Tool("cutout u2netp", "ours", CUTOUT, ours("u2netp")),
    Tool(
        "cutout u2net, edges off", "ours", CUTOUT, ours("u2net", edges="off"),
        note="the enlarged map without refinement, which is what rembg returns by default",
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
        note="gets the box of the truth, a tenth larger, as a person would draw it",
    ),
    Tool(
        "OpenCV MOG2", "peers", "tools.contenders.opencv:mog2",
        note="is made for film: it gets 30 still frames of a background guessed from the photo's "
             "border, then the photo. With the photo as its only frame it marks every pixel, as "
             "the null tool does.",
    ),
    Tool("null", "ours", "tools.contenders.null:null", note="keeps everything: the lower bound"),
)  # fmt: skip


# Estimates the colours under a true alpha, where the data set does not have them.
COLOURS = Tool("true colours", "peers", "tools.contenders.rembg:true_colours", hint="alpha")

# Edges alone: all tools get the same map, and no network is asked.
EDGES, ALONG_MAP = "tools.contenders.edges:edges", "tools.contenders.rembg:along_map"
MATTES = (
    Tool("edges off", "ours", EDGES, {"edges": "off"}, hint="map"),
    Tool("edges fast", "ours", EDGES, {"edges": "fast"}, hint="map"),
    Tool("edges fine", "ours", EDGES, {"edges": "fine"}, hint="map"),
    Tool("rembg -dc", "peers", ALONG_MAP, {"decontaminate": True}, hint="map"),
    Tool("rembg -a", "peers", ALONG_MAP, {"alpha_matting": True}, hint="map"),
)


def find(name: str) -> Tool:
    return {tool.name: tool for tool in TOOLS}[name]
