"""SVG logo: what draws is kept; what runs, loads or leads elsewhere is left out."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree  # it reads no entities: a file that declares any is refused first

NAMESPACE = "http://www.w3.org/2000/svg"
ELEMENTS = set(
    "circle clipPath defs desc ellipse feBlend feColorMatrix feComposite feFlood feGaussianBlur feMerge feMergeNode "
    "feOffset filter g line linearGradient marker mask path pattern polygon polyline radialGradient rect stop style "
    "svg switch symbol text textPath title tspan use".split()
)
ELSEWHERE = re.compile(r"url\(\s*[\"']?(?!#)|@import|\\|javascript:|expression\(", re.IGNORECASE)
LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*")
ElementTree.register_namespace("", NAMESPACE)


def clean_svg(body: bytes) -> tuple[bytes, int, int, tuple[str, ...]]:
    """The picture anew, its width and height in pixels, and what was left out. Raises ValueError of what is none."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise ValueError("it is no image that we know") from e
    if re.search(r"<!(?:ENTITY|ATTLIST|ELEMENT)", text, re.IGNORECASE):
        raise ValueError("it declares entities")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  # no entities, see above
    except ElementTree.ParseError as e:
        raise ValueError("it is no image that we know") from e
    if root.tag != f"{{{NAMESPACE}}}svg":
        raise ValueError("it is no image that we know")
    width, height = _size(root)
    left_out = tuple(dict.fromkeys(_strip(root)))
    root.set("width", str(width))
    root.set("height", str(height))
    return ElementTree.tostring(root, encoding="utf-8"), width, height, left_out


def _size(root: ElementTree.Element) -> tuple[int, int]:
    lengths = [LENGTH.fullmatch(root.get(name, "")) for name in ("width", "height")]
    said = [float(length[1]) for length in lengths if length]
    box = [float(part) for part in re.findall(r"-?\d+(?:\.\d+)?", root.get("viewBox", ""))]
    if len(box) == 4 and box[2] > 0 and box[3] > 0:
        if len(said) != 2:
            said = box[2:]
    elif len(said) != 2:
        raise ValueError("it says neither its size nor a viewBox")
    return round(said[0]), round(said[1])


def _strip(parent: ElementTree.Element) -> Iterator[str]:
    """Take out what is not to be kept, and say what it was."""
    for name, value in list(parent.attrib.items()):
        local = name.rpartition("}")[2]
        leads = local == "href" and not value.strip().startswith("#")
        if leads or local.lower().startswith("on") or ELSEWHERE.search(value):
            del parent.attrib[name]
            yield f"{local}="
    for child in list(parent):
        kept = isinstance(child.tag, str) and child.tag in {f"{{{NAMESPACE}}}{one}" for one in ELEMENTS}
        if not kept or (child.tag.endswith("}style") and ELSEWHERE.search("".join(child.itertext()))):
            parent.remove(child)
            if isinstance(child.tag, str) and child.tag.startswith(f"{{{NAMESPACE}}}"):
                yield f"<{child.tag.rpartition('}')[2]}>"
        else:
            yield from _strip(child)
