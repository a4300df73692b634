"""Small pictures that a check sends: a red disc on dark blue, which networks take for a subject."""

from base64 import b64decode

from . import png

RED, BLUE = bytes((230, 40, 30)), bytes((16, 40, 80))
SMALL, LARGE = (160, 120), (600, 450)  # the second has more pixels than size=preview gives


def _scene(width: int, height: int) -> png.Picture:
    """A disc of a third of the width in the middle."""
    radius = width / 6
    rows = []
    for y in range(height):
        half = int(max(0.0, radius**2 - (y - height / 2) ** 2) ** 0.5)
        sides = BLUE * (width // 2 - half)
        rows.append(sides + RED * (2 * half) + sides)
    return png.Picture(width, height, 3, tuple(rows))


def small() -> bytes:
    return png.write(_scene(*SMALL))


def large() -> bytes:
    return png.write(_scene(*LARGE))


def padded(count: int) -> bytes:
    """Return the small picture in a file of more than so many bytes."""
    return png.write(_scene(*SMALL), padding=count)


def black() -> bytes:
    return png.write(png.Picture(*SMALL, 3, (bytes(3 * SMALL[0]),) * SMALL[1]))


JPEG = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNy"
    "wtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09P"
    "T09PT09PT09PT09PT09PT09PT09PT0//wAARCABIAGADASIAAhEBAxEB/8QAGgABAAIDAQAAAAAAAAAAAAAAAAQFAQ"
    "IGA//EADAQAAICAAMEBgsBAAAAAAAAAAABAgMEETEFEkFREyEiYXHwMjRDcoGCkaGxwdHh/8QAGgEBAAIDAQAAAAAA"
    "AAAAAAAAAAQFAQIGA//EACIRAAICAgICAgMAAAAAAAAAAAACAQMEEQVBITESYVGB8P/aAAwDAQACEQMRAD8A4cAE4j"
    "AAAAAAAAAAAAAAAAAAAk4ClXYmKllux7TXM1doRZaej0qrm14RfcntgsB0sVZdmoP0Vz/AMLKuqupZVwjHwWpuCkt"
    "ve2fPo7HGw6sdYhY8/nsxOEJrKcYyXJrMrsXs5KLnh081rDX6FkDFVz1ztZNsjFqyF08fvs5sE3alKrvVkcsrOHeQi"
    "7reLFho7OOvpmmya26AANzxAAABZbH9t8v7K0l7Nu6LEqLb3Z9n48PPeeGSstVMQTePsivJRm/t+C5ABRnZgAAELa3"
    "qsffX4ZUE/at29bGpN9jrfi/P3IBdYiytUbOQ5SyHyW114AAJJXAAAAAAFngsenFV4iWTWk3x8SxTTSaaaejRzZtCy"
    "yvPcnKOeuTyINuErTtZ0XONzD1rC2Rv77OiIWLx8K4uNElKb4rrS/pVztsmsp2TkuTk2aGKsGFnbzs2yOZd1+NUa+z"
    "Lbbbbbb1bMAE8pQAAYAAAAAAAAAAAAAAAAAAAP//Z"
)
WEBP = b64decode(
    "UklGRngBAABXRUJQVlA4IGwBAABQCgCdASpgAEgAPrVUokwnJKMiKrzIaOAWiUAaEccX4/4fkphl/AbYDzAdCLeHf1"
    "m4EED/wERY9RWbVMVWvFEicutg8EJAl00X4IowBoEgf3/lY1OVZLlCLDCAAP7xTapxZ1lUiiSB71RKM8k8mnzbKt5N"
    "rz7g/m4UF9sZlc9j9aoYeP8aqZtxbXnSuYQAUdQthGEuywhtuoupXqaMd7j1671UwReftxn8icvfLhkkC0RAePYi4o"
    "8AqZedyv0gnxkssqi0efSNllX86N/X9ig1a2VOFW8+UYGMEX/Xa3aUAOoMafnXt7Dgd0CQP4htfhCrKBDt/+5j/Ix9"
    "KH0hWGpembpUrtQQ1wIWJ0YaHlPPgiPnyKZQnnvGaL+AB7H2oZsrgvUEsuJVOz1mcisFfuXUNeggYZu4+KHL9qabpj"
    "FGYye5AZVcx9BIgXHbP47QWdxzztgkhoeToGT7/dDfeIhhYoAJUVlYgAAAAAAA"
)
SMALL_BY_FORMAT = (96, 72)  # of JPEG and WEBP
