"""Reads numbers of any count of bits, as video codecs write them, and counts their units."""

from cutout.errors import UnreadablePicture

from . import budget

MOST_ZEROS = 32  # of an exponential-Golomb code


class Bits:
    """Reads consecutive numbers, the most significant bit first."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data)
        self._left = 8 * len(data)

    def read(self, count: int) -> int:
        """Return the next bits as a number. Raises IndexError behind the last."""
        self._left -= count
        if self._left < 0:
            raise IndexError
        return self._value >> self._left & (1 << count) - 1

    def read_exponential(self) -> int:
        """Return the next number in exponential-Golomb code (H.265, 9.2), ue(v)."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > MOST_ZEROS:
                raise IndexError
        return (1 << zeros) - 1 + self.read(zeros)


class Units:
    """Counts the units of data of all items of a file: each takes some microseconds to read."""

    def __init__(self) -> None:
        self._left = budget.HEIF_UNITS

    def take(self) -> None:
        """Count a unit. Raises UnreadablePicture for many more than a photo has."""
        self._left -= 1
        if self._left < 0:
            raise UnreadablePicture(f"the file has more than {budget.HEIF_UNITS:,} units of data")
