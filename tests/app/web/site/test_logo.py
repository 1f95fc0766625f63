"""A logo is known by its content, and of an SVG file only what draws is kept."""

import struct
from pathlib import Path

import pytest

from app.web.site.logo import MAX_LOGO_BYTES, read_logo
from core.errors import SettingsError

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 300, 80) + b"\x08\x06\0\0\0"
JPEG = b"\xff\xd8\xff\xe0\0\x04JF\xff\xff\xc2\0\x11\x08" + struct.pack(">HH", 80, 300) + b"\x03"
WEBP = b"RIFF\0\0\0\0WEBP"
EXTENDED = WEBP + b"VP8X" + b"\x0a\0\0\0" + b"\0" * 4 + (299).to_bytes(3, "little") + (79).to_bytes(3, "little")
LOSSLESS = WEBP + b"VP8L" + b"\0" * 4 + b"\x2f" + struct.pack("<I", 299 | 79 << 14)
LOSSY = WEBP + b"VP8 " + b"\0" * 7 + b"\x9d\x01\x2a" + struct.pack("<HH", 300, 80)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 80">{}</svg>'


def saved(folder: Path, body: bytes | str) -> Path:
    file = folder / "logo"
    file.write_bytes(body if isinstance(body, bytes) else body.encode())
    return file


@pytest.mark.parametrize(
    ("body", "kind"),
    [(PNG, "png"), (JPEG, "jpg"), (EXTENDED, "webp"), (LOSSLESS, "webp"), (LOSSY + b"\0", "webp"), (SVG, "svg")],
)
def test_its_kind_and_size_are_read_from_its_content(tmp_path: Path, body: bytes | str, kind: str) -> None:
    logo = read_logo(saved(tmp_path, body))

    assert (logo.kind, logo.width, logo.height, logo.left_out) == (kind, 300, 80, ())


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no image that we know"),
        (b"GIF89a" + b"\0" * 40, "no image that we know"),
        (b"<html><body>logo</body></html>", "no image that we know"),
        (PNG[:18], "cut short"),
        (JPEG[:12], "cut short"),
        (WEBP + b"none", "cut short"),
        (PNG.replace(struct.pack(">II", 300, 80), struct.pack(">II", 300, 9_000)), "300 × 9000 pixels"),
        (PNG + b"\0" * MAX_LOGO_BYTES, "it has 262 KB"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG, "it declares entities"),
        ('<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>', "neither its size nor a viewBox"),
        (SVG.format("<g>"), "no image that we know"),
        (SVG.format("<g>" * 9_000 + "</g>" * 9_000), "too many layers"),
        (SVG.replace("viewBox", f'width="1{"0" * 400}" height="9" viewBox').format(""), "too large"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_a_line(tmp_path: Path, body: bytes | str, why: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_logo(saved(tmp_path, body))

    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"No such file.*Name a file that is there"):
        read_logo(tmp_path / "none.svg")


@pytest.mark.parametrize(
    ("inner", "left_out"),
    [
        ("<script>alert(1)</script>", "<script>"),
        ('<rect width="9" onclick="x()"/>', "onclick="),
        ('<a href="https://example.org"><rect/></a>', "<a>"),
        ('<image href="https://example.org/x.png"/>', "<image>"),
        ('<use href="https://example.org/x.svg#a"/>', "href="),
        ('<use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="data:image/svg+xml,x"/>', "href="),
        ("<foreignObject><p>words</p></foreignObject>", "<foreignObject>"),
        ('<rect fill="url(https://example.org/x)"/>', "fill="),
        ("<rect style=\"fill: url( 'https://example.org/x' )\"/>", "style="),
        ("<style>@import 'https://example.org/x.css';</style>", "<style>"),
        ('<animate attributeName="href" to="javascript:x"/>', "<animate>"),
    ],
)
def test_what_could_run_or_load_something_is_left_out(tmp_path: Path, inner: str, left_out: str) -> None:
    logo = read_logo(saved(tmp_path, SVG.format(inner)))

    assert logo.left_out == (left_out,)
    for word in (b"example.org", b"script", b"onclick", b"data:", b"@import", b"foreignObject"):
        assert word not in logo.body


def test_what_draws_is_kept(tmp_path: Path) -> None:
    drawing = (
        "<defs><linearGradient id='a'><stop offset='0' stop-color='#fff'/></linearGradient></defs>"
        "<style>.b { fill: url(#a) }</style><path class='b' d='M0 0h9v9z'/><use href='#a'/><text>Anytown</text>"
    )

    logo = read_logo(saved(tmp_path, "<?xml version='1.0'?><!DOCTYPE svg><!-- by hand -->" + SVG.format(drawing)))

    assert logo.left_out == ()
    for word in (b"linearGradient", b"url(#a)", b"M0 0h9v9z", b'href="#a"', b"Anytown", b'width="300"'):
        assert word in logo.body
