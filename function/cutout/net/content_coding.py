"""Content codings of responses (RFC 9110, section 8.4.1), which some hosts send unasked."""

import zlib
from typing import Any

from cutout.errors import FileTooLarge, ImageDownloadFailed

GZIP = {"gzip", "x-gzip"}
GZIP_WINDOW, ZLIB_WINDOW, RAW_WINDOW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class DecodedBody:
    """The body of a response, decoded as it arrives, of at most max_bytes in both forms."""

    def __init__(self, content_encoding: str, max_bytes: int) -> None:
        """Raises ImageDownloadFailed for a coding that is neither gzip nor deflate."""
        names = (name.strip().lower() for name in content_encoding.split(","))
        self._coding = ", ".join(name for name in names if name not in ("", "identity"))
        if self._coding and self._coding not in (*GZIP, "deflate"):
            raise ImageDownloadFailed(
                f"the host sent the picture in the coding {self._coding[:100]!r}; "
                "only gzip and deflate can be decoded"
            )
        self._max_bytes = max_bytes
        self._received = 0
        self._decoded = bytearray()
        self._decoder: Any = None  # made for the first bytes, as zlib has no public type for it

    @property
    def data(self) -> bytes:
        return bytes(self._decoded)

    @property
    def is_complete(self) -> bool:
        """Whether the coded data have come to their end; always true without a coding."""
        return not self._coding or bool(self._decoder and self._decoder.eof)

    def feed(self, chunk: bytes) -> None:
        """Add received bytes. Raises FileTooLarge, or ImageDownloadFailed for bytes that the coding
        cannot have."""
        self._received += len(chunk)
        self._decoded += self._decode(chunk) if self._coding else chunk
        if max(self._received, len(self._decoded)) > self._max_bytes:
            raise FileTooLarge(f"more than the {self._max_bytes:,} bytes allowed")

    def _decode(self, chunk: bytes) -> bytes:
        self._decoder = self._decoder or zlib.decompressobj(self._window(chunk[0]))
        room = self._max_bytes - len(self._decoded)
        try:
            decoded: bytes = self._decoder.decompress(chunk, room + 1)
        except zlib.error as error:
            raise self._broken() from error
        if self._decoder.unused_data:
            raise self._broken()
        return decoded

    def _window(self, first: int) -> int:
        """Deflate has zlib's header (RFC 1950), which some servers leave out."""
        if self._coding in GZIP:
            return GZIP_WINDOW
        return ZLIB_WINDOW if first & 0x8F == 8 else RAW_WINDOW

    def _broken(self) -> ImageDownloadFailed:
        return ImageDownloadFailed(f"the host sent {self._coding} that cannot be decoded")
