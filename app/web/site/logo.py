"""Logo file: its kind known by its content, its size limited, its dimensions read."""

import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.web.site.svg_logo import clean_svg
from core.errors import SettingsError
from core.sizes import byte_size

MAX_LOGO_BYTES = 256 * 1024
MIN_SIDE, MAX_SIDE = 16, 4_000  # pixels
KINDS = {  # what each address ends in, and its type
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
}
# An image alone: whatever stands in it neither runs nor loads anything, also where somebody opens its address.
LOGO_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
JPEG_SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # the markers after which a frame's size stands


@dataclass(frozen=True, slots=True)
class Logo:
    """An image that is fit to be shown, identified by its digest."""

    kind: str  # a key of KINDS
    body: bytes
    width: int  # pixels
    height: int
    left_out: tuple[str, ...] = ()  # what of an SVG file was not kept

    @property
    def digest(self) -> str:
        """Differs whenever the image does."""
        return hashlib.sha256(self.body).hexdigest()[:16]


def read_logo(file: Path) -> Logo:
    """The logo in a file. Raises SettingsError when it cannot be shown."""
    try:
        if (size := file.stat().st_size) > MAX_LOGO_BYTES:
            raise _refuse(file, f"it has {byte_size(size)}", f"Make it smaller than {byte_size(MAX_LOGO_BYTES)}.")
        body = file.read_bytes()
    except OSError as e:
        raise _refuse(file, e.strerror or "it cannot be read", "Name a file that is there, or empty the key.") from e
    for kind, beginning, measure in _FORMATS:
        if body.startswith(beginning) and (kind != "webp" or body[8:12] == b"WEBP"):
            try:
                width, height = measure(body)
            except (struct.error, IndexError) as e:
                raise _refuse(file, "the image is cut short", "Save it again.") from e
            return _checked(file, Logo(kind, body, width, height))
    try:
        text, width, height, left_out = clean_svg(body)
    except (OverflowError, RecursionError) as e:
        raise _refuse(file, "it is drawn in too many layers, or too large", "Save it flattened.") from e
    except ValueError as e:
        raise _refuse(file, str(e), "Take an SVG, PNG, JPEG or WebP file.") from e
    return _checked(file, Logo("svg", text, width, height, left_out))


def _checked(file: Path, logo: Logo) -> Logo:
    if not (MIN_SIDE <= logo.width <= MAX_SIDE and MIN_SIDE <= logo.height <= MAX_SIDE):
        sides = f"Take one from {MIN_SIDE} to {MAX_SIDE:,} pixels wide and high."
        raise _refuse(file, f"it is {logo.width} × {logo.height} pixels", sides)
    return logo


def _refuse(file: Path, why: str, fix: str) -> SettingsError:
    return SettingsError("site.logo cannot be shown", f"{file}: {why}", fix)


def _measure_png(body: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", body, 16)
    return width, height


def _measure_jpeg(body: bytes) -> tuple[int, int]:
    place = 2
    while True:
        while body[place] == 0xFF and body[place + 1] == 0xFF:  # padding
            place += 1
        if body[place] != 0xFF:
            raise IndexError
        if body[place + 1] in JPEG_SIZES:
            height, width = struct.unpack_from(">HH", body, place + 5)
            return width, height
        place += 2 + int(struct.unpack_from(">H", body, place + 2)[0])


def _measure_webp(body: bytes) -> tuple[int, int]:
    match body[12:16]:
        case b"VP8X":
            return 1 + int.from_bytes(body[24:27], "little"), 1 + int.from_bytes(body[27:30], "little")
        case b"VP8L":
            bits = struct.unpack_from("<I", body, 21)[0]
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", body, 26)
            return width & 0x3FFF, height & 0x3FFF
        case _:
            raise IndexError


_FORMATS: tuple[tuple[str, bytes, Callable[[bytes], tuple[int, int]]], ...] = (
    ("png", b"\x89PNG\r\n\x1a\n", _measure_png),
    ("jpg", b"\xff\xd8\xff", _measure_jpeg),
    ("webp", b"RIFF", _measure_webp),
)
