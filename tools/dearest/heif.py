"""Writes AVIFs and HEICs (ISO/IEC 23008-12) that cost much for their bytes."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO

import pillow_heif
from PIL import Image

from cutout.codec import isobmff

from .attack import MOST_SIDE, Attack

Boxes = tuple[bytes, ...]


@dataclass(frozen=True)
class Item:
    """An item of a file: its content, its properties and the items that it is derived from."""

    kind: bytes
    data: bytes
    properties: Boxes
    sources: Sequence[int] = ()  # places in the list of items, from 0
    others: tuple[tuple[bytes, int], ...] = field(default=())  # references of other kinds


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def full(kind: bytes, version: int, *parts: bytes) -> bytes:
    return box(kind, bytes([version, 0, 0, 0]), *parts)


def extents(width: int, height: int) -> bytes:
    return full(b"ispe", 0, struct.pack(">II", width, height))


def write(brand: bytes, items: list[Item]) -> bytes:
    """Return a file whose primary item is the first."""
    ftyp = box(b"ftyp", brand, bytes(4), brand, b"mif1")
    properties = list(dict.fromkeys(one for item in items for one in item.properties))
    association = b"".join(
        struct.pack(">IB", 1 + n, len(item.properties))
        + bytes(0x80 | 1 + properties.index(one) for one in item.properties)
        for n, item in enumerate(items)
    )
    iprp = box(b"iprp", box(b"ipco", *properties),
               full(b"ipma", 1, struct.pack(">I", len(items)), association))  # fmt: skip
    iinf = full(b"iinf", 1, struct.pack(">I", len(items)), *(
        full(b"infe", 3, struct.pack(">IH", 1 + n, 0), item.kind, b"\0")
        for n, item in enumerate(items)
    ))  # fmt: skip
    references = [
        box(kind, struct.pack(">IH", 1 + n, len(to)), *(struct.pack(">I", 1 + m) for m in to))
        for n, item in enumerate(items)
        for kind, to in ((b"dimg", item.sources), *((kind, (m,)) for kind, m in item.others))
        if to
    ]
    iref = full(b"iref", 1, *references) if references else b""
    hdlr = full(b"hdlr", 0, bytes(4), b"pict", bytes(13))
    pitm = full(b"pitm", 1, struct.pack(">I", 1))
    contents = list(dict.fromkeys(item.data for item in items))

    def meta(at: int) -> bytes:
        places = {}
        for content in contents:
            places[content] = at
            at += len(content)
        iloc = b"".join(
            struct.pack(">IHHHII", 1 + n, 0, 0, 1, places[item.data], len(item.data))
            for n, item in enumerate(items)
        )
        iloc = full(b"iloc", 2, b"\x44\0", struct.pack(">I", len(items)), iloc)
        return full(b"meta", 0, hdlr, pitm, iloc, iinf, iref, iprp)

    start = len(ftyp) + len(meta(0)) + 8
    return ftyp + meta(start) + box(b"mdat", *contents)


@dataclass(frozen=True)
class Coded:
    """A picture of one colour as an encoder writes it: its data and the properties for them."""

    kind: bytes
    data: bytes
    configuration: bytes
    side: int

    def item(self, side: int = 0) -> Item:
        """Return the picture as an item that says that it has side x side pixels."""
        stated = side or self.side
        return Item(self.kind, self.data, (extents(stated, stated), self.configuration))


@cache
def coded(kind: str, side: int) -> Coded:
    buffer = BytesIO()
    image = Image.new("L" if kind == "HEIC" else "RGB", (side, side), 99)
    if kind == "HEIC":
        pillow_heif.from_pillow(image).save(
            buffer, quality=20, chroma=420, enc_params={"preset": "ultrafast"}
        )
    else:
        image.save(buffer, "AVIF", quality=20, speed=10, subsampling="4:2:0")
    whole = buffer.getvalue()
    items = isobmff.items(whole)
    item = items.get(items.primary)
    name = {"HEIC": b"hvcC", "AVIF": b"av1C"}[kind]
    return Coded(item.kind, item.data, box(name, item.properties[name][0]), side)


BRANDS = {"HEIC": b"heic", "AVIF": b"avif"}


def lie(kind: str, side: int, stated: int) -> bytes:
    """Return a picture that says that it is smaller."""
    return write(BRANDS[kind], [coded(kind, side).item(stated)])


def grid_item(columns: int, rows: int, side: int, tiles: Sequence[int]) -> Item:
    data = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, side, side)
    return Item(b"grid", data, (extents(side, side),), tiles)


def grid(kind: str, count: int, tile: int, side: int, stated: int) -> bytes:
    """Return a grid of count x count tiles, each of which is another item."""
    stated = stated or tile
    tiles = [coded(kind, tile).item(stated)] * count**2
    whole = min(side, stated * count)
    return write(BRANDS[kind], [grid_item(count, count, whole, range(1, 1 + count**2)), *tiles])


def overlay(kind: str, tile: int, count: int) -> bytes:
    """Return a picture upon which another is drawn many times."""
    data = struct.pack(">BB4HII", 0, 1, 0, 0, 0, 65535, tile, tile) + bytes(8 * count)
    item = Item(b"iovl", data, (extents(tile, tile),), [1] * count)
    return write(BRANDS[kind], [item, coded(kind, tile).item()])


def chain(kind: str, tile: int, depth: int, width: int) -> bytes:
    """Return overlays of overlays, each of which is drawn many times."""
    data = struct.pack(">BB4HII", 0, 1, 0, 0, 0, 65535, tile, tile) + bytes(8 * width)
    items = [
        Item(b"iovl", data, (extents(tile, tile),), [1 + level] * width) for level in range(depth)
    ]
    return write(BRANDS[kind], [*items, coded(kind, tile).item()])


def repeated(kind: str, side: int, count: int) -> bytes:
    """Return an item with the data of many pictures behind each other."""
    one = coded(kind, side)
    item = Item(one.kind, one.data * count, (extents(side, side), one.configuration))
    return write(BRANDS[kind], [item])


def larger_behind(kind: str, side: int, first: int) -> bytes:
    """Return an item with the data of a small picture and behind them those of a large one."""
    one, two = coded(kind, first), coded(kind, side)
    item = Item(one.kind, one.data + two.data, (extents(first, first), one.configuration))
    return write(BRANDS[kind], [item])


def pictures(kind: str, side: int, count: int) -> bytes:
    """Return a file of many pictures, of which the first is shown."""
    return write(BRANDS[kind], [coded(kind, side).item()] * count)


def helpers(kind: str, side: int, role: bytes, count: int) -> bytes:
    """Return a small picture with large ones that belong to it, such as an alpha."""
    roles = full(b"auxC", 0, b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0")
    one = coded(kind, side)
    item = Item(one.kind, one.data, (extents(side, side), one.configuration, roles),
                others=((role, 0),))  # fmt: skip
    return write(BRANDS[kind], [coded(kind, 64).item(), *[item] * count])


def boxes(kind: str, name: bytes, size: int) -> bytes:
    """Return a small picture with millions of boxes."""
    each = box(name, bytes(size))
    properties = (extents(64, 64), coded(kind, 64).configuration)
    whole = write(BRANDS[kind], [Item(coded(kind, 64).kind, coded(kind, 64).data, properties)])
    return whole + each * (20_000_000 // len(each))


KINDS = ("AVIF", "HEIC")
LARGE = {"AVIF": (12_288,), "HEIC": (2048,)}  # x265 takes two seconds for 1 MP
ATTACKS = tuple(
    attack
    for kind in KINDS
    for attack in (
        Attack(kind, "more pixels than stated", lie, kind=(kind,),
               side=(*LARGE[kind], 1024), stated=(64, 1000)),
        Attack(kind, "tiles", grid, kind=(kind,), count=(110, 14, 7, 16), tile=(64, 512, 1024),
               side=(MOST_SIDE,), stated=(0, 64)),
        Attack(kind, "tiles beyond the picture", grid, kind=(kind,), count=(64, 16, 7),
               tile=(1024, 512), side=(64, 1000), stated=(0, 64)),
        Attack(kind, "overlays", overlay, kind=(kind,), tile=(1024, 64),
               count=(60, 500, 3)),
        Attack(kind, "overlays of overlays", chain, kind=(kind,), tile=(1024, 64), depth=(5, 3),
               width=(10, 3)),
        Attack(kind, "pictures behind each other", repeated, kind=(kind,),
               side=(1024,), count=(60, 500)),
        Attack(kind, "a large picture behind a small one", larger_behind, kind=(kind,),
               side=LARGE[kind], first=(64,)),
        Attack(kind, "pictures", pictures, kind=(kind,), side=(64,), count=(60_000, 1000)),
        Attack(kind, "a large alpha", helpers, kind=(kind,), side=LARGE[kind],
               role=(b"auxl", b"thmb"), count=(1, 30)),
        Attack(kind, "boxes", boxes, kind=(kind,), name=(b"free", b"mdat", b"uuid"), size=(0, 16)),
    )
)  # fmt: skip
