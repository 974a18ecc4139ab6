"""DOCX to Markdown: mammoth makes HTML of it; hidden runs are taken out before."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from ladder.project.reading.content import DocumentText, shown_once
from ladder.project.reading.html import markdown
from ladder.project.reading.packed import checked_parts, repacked

__all__ = ["word"]

Element = ElementTree.Element
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_OTHER = ("styles.xml", "settings.xml", "fontTable.xml", "numbering.xml", "theme1.xml")
_SMALLEST = 2
"""Letters of at most so many half points are not read."""
_LIGHTEST = 0xEF
_OFF = ("0", "false", "off", "none")


def word(name: str, data: bytes) -> DocumentText:
    """Read a Word document: 'under "Returns"', by its headings.

    Raises:
        InputError: it unpacks to too much, or declares entities.
    """
    import mammoth

    parts = checked_parts(name, ".docx", data)
    hidden = _take_hidden(parts)
    no_picture = mammoth.images.img_element(lambda picture: {})
    page = mammoth.convert_to_html(repacked(data, parts), convert_image=no_picture).value
    found = markdown(name, page)
    return DocumentText(found.text, found.places, shown_once([*hidden, *found.hidden]))


def _take_hidden(parts: dict[str, bytes]) -> list[str]:
    """Take the runs that a reader does not see out of the parts, and return their texts."""
    styles = _hiding_styles(parts.get("word/styles.xml", b""))
    found: list[str] = []
    for part in parts:
        if not part.endswith(".xml") or part.endswith(_OTHER):
            continue
        root = ElementTree.fromstring(parts[part])
        here = list(_hidden_runs(root, styles))
        if here:
            found += _joined(here)
            for parent, run in here:
                parent.remove(run)
            parts[part] = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return found


def _joined(runs: list[tuple[Element, Element]]) -> list[str]:
    """Return the texts of runs, those of one parent together."""
    texts: dict[int, str] = {}
    for parent, run in runs:
        words = "".join(each.text or "" for each in run.iter(f"{_W}t"))
        texts[id(parent)] = texts.get(id(parent), "") + words
    return [text for text in texts.values() if text.strip()]


def _hidden_runs(root: Element, styles: set[str]) -> Iterator[tuple[Element, Element]]:
    """Yield each run that is not seen, with its parent.

    Nothing white is taken for hidden where something may be behind it: a shade, a table's style,
    a drawing, a coloured page.
    """
    dark = root.find(f"{_W}background") is not None
    todo: list[tuple[Element, bool, str]] = [(root, dark, "")]
    while todo:
        parent, shaded, style = todo.pop()
        for child in parent:
            if child.tag == f"{_W}r":
                if _is_hidden(child, shaded, styles, style):
                    yield parent, child
                    continue
            elif child.tag in (f"{_W}del", f"{_W}moveFrom"):
                continue  # mammoth leaves it out
            behind = shaded or _has_shade(child) or child.tag == f"{_W}txbxContent"
            named = _value(child, "pPr/pStyle") if child.tag == f"{_W}p" else style
            todo.append((child, behind, named))


def _is_hidden(run: Element, shaded: bool, styles: set[str], paragraph: str) -> bool:
    properties = run.find(f"{_W}rPr")
    named = {paragraph, _value(run, "rPr/rStyle")} & styles
    if properties is None:
        return bool(named)
    vanish = [properties.find(f"{_W}{each}") for each in ("vanish", "specVanish")]
    if any(each is not None for each in vanish):
        return any(each is not None and _is_on(each) for each in vanish)
    if _is_tiny(properties):
        return True
    behind = shaded or _has_shade(run) or properties.find(f"{_W}highlight") is not None
    return bool(named) or (_is_white(properties) and not behind)


def _hiding_styles(part: bytes) -> set[str]:
    """Return the styles that hide text, also those built on one that does."""
    if not part:
        return set()
    based: dict[str, str] = {}
    hiding: set[str] = set()
    for style in ElementTree.fromstring(part).iter(f"{_W}style"):
        name = style.get(f"{_W}styleId", "")
        based[name] = _value(style, "basedOn")
        vanish = style.find(f"{_W}rPr/{_W}vanish")
        if vanish is not None and _is_on(vanish):
            hiding.add(name)
        elif vanish is not None:
            based[name] = ""
    found = set()
    for name in based:
        seen: set[str] = set()
        above = name
        while above and above not in seen and above not in hiding:
            seen.add(above)
            above = based.get(above, "")
        if above in hiding:
            found.add(name)
    return found


def _is_on(toggle: Element) -> bool:
    return toggle.get(f"{_W}val", "true").lower() not in _OFF


def _is_tiny(properties: Element) -> bool:
    size = _number(_value(properties, "sz"), 10)
    return size is not None and size <= _SMALLEST


def _is_white(properties: Element) -> bool:
    colour = _value(properties, "color")
    number = _number(colour, 16) if len(colour) == 6 else None
    return number is not None and all((number >> shift & 0xFF) >= _LIGHTEST for shift in (16, 8, 0))


def _number(value: str, base: int) -> int | None:
    try:
        return int(value, base)
    except ValueError:
        return None


def _has_shade(element: Element) -> bool:
    """Return whether an element has a shade of its own, or a table's style that may have one."""
    kind = element.tag.removeprefix(_W)
    shade = element.find(f"{_W}{kind}Pr/{_W}shd")
    if shade is not None and shade.get(f"{_W}fill", "auto").lower() not in ("auto", "ffffff"):
        return True
    return kind == "tbl" and element.find(f"{_W}tblPr/{_W}tblStyle") is not None


def _value(element: Element, path: str) -> str:
    found = element.find("/".join(f"{_W}{each}" for each in path.split("/")))
    return "" if found is None else found.get(f"{_W}val", "")
