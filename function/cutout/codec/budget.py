"""The budget for reading: what a file may have, so that no file costs much more than a photo.

Reading costs what the pixels cost, which Settings.max_pixels limits, and what stands around them,
which these numbers limit. Each is above what encoders write into a photo of Settings.max_bytes, and
is counted before pixels are decoded. docs/reading-limits.md has what the dearest files cost.
"""

# Bytes of the tags or strips of a TIFF, or of the items of a HEIC or AVIF, as a multiple of the
# file's: pages share profiles.
FILE_OVERLAP = 4

# Segments of a JPEG up to its end, and pairs of fill bytes: a photo has 10 to 20 segments, and
# extended XMP of 22 MB has 340.
JPEG_SEGMENTS = 20_000
JPEG_USUAL_SCANS = 16  # of a file of any size; encoders write 1 to 10
JPEG_MOST_SCANS = 64  # of a small file
JPEG_SCANNED_PIXELS = 1_500_000_000  # each as often as there are scans: 30 scans of 50 MP
# The same, of a file without its end, which is decoded four times: 50 MP in one scan and 19 MP in
# ten take no longer than a progressive photo of 50 MP.
JPEG_UNENDED_PIXELS = JPEG_SCANNED_PIXELS // 8

PNG_CHUNKS = 50_000  # a PNG of 22 MB in chunks of 1 kB has half of them
# Blocks of a GIF, of its pixels and of all else: 22 MB in the usual 255 bytes have 91,000.
GIF_BLOCKS = 150_000
BMP_RUNS = 1_000_000  # of run-length coding, which Pillow decodes in Python: a second
TIFF_TAGS = 20_000  # of all pages: a page has about 30
TIFF_VALUES = 250_000  # numbers in them; a palette of 16 bits has 196,608
TIFF_PIECES = 50_000  # strips or tiles of a page; a scanner's with one row a strip has 10,000
TIFF_TILE = 1 << 22  # pixels by which a tile may exceed its page

HEIF_BOXES = 4096  # on a level, and items: 50 MP in tiles of 256 x 256 pixels have 800
HEIF_UNITS = 20_000  # of the data of all items: a tile has 1 to 5
HEIF_DEPTH = 4  # of items that are derived from others, such as an overlay of grids
# Pixels that a decoder makes of a HEIC or AVIF, as multiples of those that are shown, and more: an
# alpha has as many, and the tiles at the edges of a grid exceed it.
HEIF_DECODED, HEIF_PADDING = 2, 1_000_000

EXIF_BYTES = 256 * 1024  # of kinds of files that may have more than a JPEG's 64 kB
