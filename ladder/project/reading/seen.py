"""What of an HTML page a reader does not see: told by attributes and by the page's own styles.

Only the simple part of CSS is understood: the `style` attribute, and rules of `<style>` elements
for tags, classes and ids without any combination. Where the background is not known (a style sheet
of another file, a picture), white text counts as seen.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

__all__ = ["take_hidden"]

_Style = dict[str, str]
Colour = tuple[int, int, int]
_UNKNOWN = None
# These take a time that grows with the length alone, whatever stands in a style sheet.
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_AT_BLOCK = re.compile(r"@[^{};@]*(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})")
_SIMPLE = re.compile(r"[a-zA-Z][\w-]*|[.#][\w-]+|[a-zA-Z][\w-]*[.#][\w-]+")
_MATTERS = re.compile(
    r"\b(display|visibility|opacity|font|color|background|indent|position|height|width|clip)"
)
_NAMED: dict[str, Colour] = {"white": (255, 255, 255), "black": (0, 0, 0)}
_ALIKE = 16
"""Two colours that differ by no more than this in red, green and blue cannot be told apart."""
_FAR = 999
_LONGEST_VALUE = 200
_SMALLEST = 1.0
"""Letters of at most so many pixels are not read."""
_PIXELS = {"px": 1.0, "pt": 4 / 3, "em": 16.0, "rem": 16.0, "%": 0.16, "": 1.0}


@dataclass(frozen=True)
class _Look:
    """How text looks in a place of the page."""

    colour: Colour | None = (0, 0, 0)
    transparent: bool = False
    background: Colour | None = (255, 255, 255)
    size: float = 16.0
    shown: bool = True

    @property
    def unseen(self) -> bool:
        """Return whether text that looks so is not seen."""
        same = (
            self.colour is not None
            and self.background is not None
            and all(abs(a - b) <= _ALIKE for a, b in zip(self.colour, self.background, strict=True))
        )
        return same or self.transparent or self.size <= _SMALLEST or not self.shown


def take_hidden(soup: BeautifulSoup) -> list[str]:
    """Take what is not seen out of a page, and return its texts."""
    from bs4 import Comment, Declaration, Doctype, Tag
    from bs4.element import NavigableString

    rules = _rules("\n".join(style.get_text() for style in soup("style")))
    foreign = soup.find("link", rel="stylesheet") is not None
    found: list[str] = []
    todo: list[tuple[Tag, _Look]] = [(soup, _Look())]
    while todo:
        parent, look = todo.pop()
        gone = False
        for child in list(parent.children):
            if isinstance(child, Tag):
                if child.name in ("head", "script", "style", "template", "noscript"):
                    continue
                style = _style(child, rules)
                if _is_gone(child, style):
                    found.append(child.get_text(" "))
                    child.extract()
                    continue
                todo.append((child, _look(child, style, look, foreign)))
            elif isinstance(child, Comment | Declaration | Doctype):
                continue
            elif isinstance(child, NavigableString) and look.unseen and child.strip():
                found.append(str(child))
                child.extract()
                gone = True
        if gone and parent.name and not parent.get_text(strip=True) and not parent.find(True):
            parent.string = " "
    return found


def _style(element: Tag, rules: dict[str, _Style]) -> _Style:
    """Return the declarations that hold for an element: of the sheet, then its own."""
    if not rules and not element.attrs:
        return {}
    names = [element.name, *(f".{each}" for each in element.get_attribute_list("class") if each)]
    names += [f"#{element.get('id')}"] if element.get("id") else []
    style: _Style = {}
    for name in names:
        style |= rules.get(name, {})
        if name is not element.name:
            style |= rules.get(f"{element.name}{name}", {})
    own = _declared(str(element.get("style") or ""))
    if element.name == "font" and element.get("color"):
        style["color"] = str(element.get("color")).strip().lower()
    if element.get("bgcolor"):
        style["background"] = str(element.get("bgcolor")).strip().lower()
    return style | own


def _is_gone(element: Tag, style: _Style) -> bool:
    """Return whether an element and all in it takes no place that is seen."""
    hidden = element.get("hidden")
    if hidden is not None and str(hidden).lower() != "until-found" and "display" not in style:
        return True
    if style.get("display") == "none" or _number(style.get("opacity", "1")) == 0:
        return True
    if style.get("overflow") in ("hidden", "clip") and any(
        _pixels(style.get(side, "auto")) == 0
        for side in ("height", "width", "max-height", "max-width")
    ):
        return True
    away = style.get("position") in ("absolute", "fixed") and any(
        (_pixels(style.get(side, "auto")) or 0) <= -_FAR
        for side in ("left", "top", "right", "bottom")
    )
    return away or (_pixels(style.get("text-indent", "0")) or 0) <= -_FAR


def _look(element: Tag, style: _Style, look: _Look, foreign: bool) -> _Look:
    """Return how text looks in an element, given how it looks around it."""
    if foreign and (element.get("class") or element.get("id")):
        look = replace(look, background=_UNKNOWN)
    for name in ("background", "background-color", "background-image"):
        value = style.get(name)
        if value is None or value in ("none", "transparent", "inherit", "initial", "unset"):
            continue
        covered = re.search(r"url\(|gradient|var\(", value)
        look = replace(look, background=_UNKNOWN if covered else _colour(value))
    if (value := style.get("color")) is not None and value not in ("inherit", "currentcolor"):
        look = replace(look, colour=_colour(value), transparent=_is_clear(value))
    if (size := _pixels(style.get("font-size", ""), look.size)) is not None:
        look = replace(look, size=size)
    if (value := style.get("visibility")) is not None:
        look = replace(look, shown=value not in ("hidden", "collapse"))
    return look


def _rules(sheet: str) -> dict[str, _Style]:
    """Return the declarations of a style sheet's simple selectors."""
    found: dict[str, _Style] = defaultdict(dict)
    sheet = _AT_BLOCK.sub("", _COMMENT.sub("", sheet[:1_000_000]))
    for block in sheet.split("}"):
        selectors, _, body = block.rpartition("{")
        if _MATTERS.search(body.lower()):
            for selector in selectors.split(","):
                if _SIMPLE.fullmatch(selector.strip()):
                    found[selector.strip()] |= _declared(body)
    return dict(found)


def _declared(body: str) -> _Style:
    return dict(_declarations(_COMMENT.sub("", body)))


def _declarations(body: str) -> Iterator[tuple[str, str]]:
    for declaration in body.split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            value = value[:_LONGEST_VALUE].lower().replace("!important", "")
            yield name.strip().lower(), value.strip()


def _colour(value: str) -> Colour | None:
    """Return the colour that a value begins with or holds; None for one that is not known."""
    for name, colour in _NAMED.items():
        if re.search(rf"(?<![\w#-]){name}(?![\w-])", value):
            return colour
    if found := re.search(r"#([0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})\b", value):
        digits = found[1] if len(found[1]) >= 6 else "".join(2 * each for each in found[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
    if found := re.search(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)", value):
        return int(found[1]), int(found[2]), int(found[3])
    return None


def _is_clear(value: str) -> bool:
    alpha = re.search(r"rgba?\([^)]*[,/]\s*(0?\.?0+%?)\s*\)", value)
    return value == "transparent" or bool(alpha) or bool(re.fullmatch(r"#\w{3}0|#\w{6}00", value))


def _pixels(value: str, of: float = 16.0) -> float | None:
    """Return a length in pixels; None for one that is not a number."""
    found = re.fullmatch(r"([+-]?(?:\d+\.?\d*|\.\d+))\s*(px|pt|em|rem|%|)", value)
    if not found:
        return None
    scale = of / 100 if found[2] == "%" else of if found[2] == "em" else _PIXELS[found[2]]
    return float(found[1]) * scale


def _number(value: str) -> float | None:
    try:
        return float(value.rstrip("%"))
    except ValueError:
        return None
