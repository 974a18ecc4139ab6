"""Take off what an instruction is disguised with: characters that nobody sees, codes, look-alikes.

What is found here is only ever compared with rules and quoted; the document's text stays as it is.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

__all__ = ["disguised", "invisible", "known_squashed", "plain", "prose"]

_TAGS = re.compile("[\U000e0000-\U000e007f]+")
_FLAG = re.compile("\U0001f3f4[\U000e0060-\U000e007e]+\U000e007f")
"""The flags of England, Scotland and Wales are spelled with tag characters."""
_OVERRIDE = re.compile("[\u202d\u202e]")
_DIRECTION = re.compile("[\u202a-\u202c\u2066-\u2069]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_NOTHING = "\u200b\u2060-\u2064\u180e\u3164\u115f\u1160\uffa0\u17b4\u17b5"
_ZERO = re.compile(f"[{_NOTHING}\ufeff]")
_INSIDE = re.compile(f"(?<=[A-Za-z])[{_NOTHING}\ufeff\u200c\u200d]+(?=[A-Za-z])")
"""Where letters need no joiner, one has no business."""
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3,}")
_UNSEEN = re.compile(
    f"[{_NOTHING}\ufeff\u00ad\u200c-\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e01ef]"
)
_MANY = 4
"""Characters of no width that a text may hold by accident."""
_MARKUP = re.compile(r"(?<=\w)(?:[*~`]{1,3}|</?(?:b|i|em|strong|span|wbr)\b[^<>]{0,200}>)(?=\w)")
_HALVES = re.compile(
    "[\ud800-\udfff]"
)  # of a pair of surrogates: no character, and no model reads it
_BASE64 = re.compile(r"(?<![\w+/-])[A-Za-z0-9+/_-]{20,}(?:\s?[A-Za-z0-9+/_-]{16,})*={0,2}")
_HEX = re.compile(r"(?<!\w)(?:(?:0x|\\x)?[0-9a-fA-F]{2}[\s,]?){12,}(?!\w)")
_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2}|[\w.+-]){12,}")
_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}){6,}")
_BITS = re.compile(r"(?:\b[01]{8}\b\s*){8,}")
_SPACED = re.compile(r"(?<!\w)(?:\w[ .\-_*\u00b7|/]{1,4}){7,}\w(?!\w)")
_DIGIT_WORD = re.compile(r"\b(?=\w*[A-Za-z])(?=[\w@$]*[0-9@$])[\w@$]{2,}")
_DIGITS = str.maketrans("0134578@$!", "oieastbasi")
_MIXED = re.compile(r"[^\W\d_]*(?:[A-Za-z][\u0370-\u052f]|[\u0370-\u052f][A-Za-z])[^\W\d_]*")
_OTHER = re.compile("[\u0370-\u052f]")
_ALIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u0442\u043c\u043d"
    "\u043a\u0432\u0410\u0415\u041e\u0420\u0421\u0425\u0406\u0422\u041c\u041d\u041a\u0412\u03bf"
    "\u03b1\u03b5\u03b9\u03c1\u03c5\u03bd\u0391\u0395\u0399\u039f\u03a1\u03a4\u039d\u039c",
    "aeopcyxijsdhtmhkbAEOPCXITMHKBoaeipuvAEIOPTNM",
)
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "the that and you your are this with for not all say tell reply answer respond user ignore "
        "instructions prompt system assistant everything forget always every only when from what "
        "previous rules have must will now print write was has its but can any who how",
    )
)
_PIECE = re.compile(r"[^.:;!?|\n]{12,}")
_ENOUGH_COMMON = 2
"""Common words that a piece of text without any has to gain by being turned round."""
_WORDS = re.compile(r"[^\W\d_]{2,}")
_SQUASHED = re.compile(
    r"(?:ignore|disregard|forget|override)(?:all|any|your|the|every|these|previous|prior|above|"
    r"earlier|other){1,4}(?:instructions?|rules?|prompts?|guidelines?)|systemprompt|"
    r"(?:reply|respond|answer)(?:only|with|every)|tellthe(?:user|customer)|youarenow|"
    r"(?:reveal|print|show)(?:your|the|all)",
)


def invisible(text: str) -> list[str]:
    """Return sentences about characters of a text that nobody sees."""
    if text.isascii():
        return []
    found = []
    text = _FLAG.sub("", text)
    if tags := sum(map(len, _TAGS.findall(text))):
        found.append(f"It holds {tags} invisible tag characters, which can spell out a message.")
    if _OVERRIDE.search(text) or (_DIRECTION.search(text) and not _RIGHT_TO_LEFT.search(text)):
        found.append("It turns the direction of its writing round, so that it reads otherwise.")
    zero = len(_ZERO.findall(text))
    if _INSIDE.search(text) or zero > _MANY:
        found.append("It holds characters of no width, inside or between words.")
    if _SELECTORS.search(text):
        found.append("It holds a run of variation selectors, which can carry a hidden message.")
    if _OTHER.search(text) and len(_MIXED.findall(text)) > 1:
        found.append("Its words mix letters of two alphabets that look alike.")
    return found


def plain(text: str) -> str:
    """Return a text as a reader takes it: without what is unseen, entities and marks resolved."""
    text = _UNSEEN.sub("", html.unescape(text))
    return unicodedata.normalize("NFKC", _MARKUP.sub("", _HALVES.sub("\ufffd", text)))


def prose(text: str) -> bool:
    """Return whether a text reads like words of a language."""
    words = _WORDS.findall(text)
    letters = sum(map(len, words))
    return len(words) >= 3 and letters >= 0.7 * len(text.replace(" ", ""))


def known_squashed(text: str) -> bool:
    """Return whether letters that were written apart, blanks and all, spell an instruction."""
    return bool(_SQUASHED.search(re.sub(r"[\W_]+", "", text.casefold())))


def disguised(text: str) -> Iterator[tuple[str, str]]:
    """Yield what stands in a text behind a disguise, each with the name of the disguise."""
    if not text.isascii():
        yield from _unseen(text)
    yield from _coded(text)
    for match in _SPACED.finditer(text):
        words = re.split(r"\s{2,}", match[0])
        yield "with gaps between its letters", " ".join(re.sub(r"[\W_]", "", w) for w in words)
    for piece in _PIECE.findall(text):
        if not _COMMON.isdisjoint(piece.lower().split()) or _common(piece):
            continue  # it reads as it stands; the first look is the quicker one
        for name, said in (
            ("with digits for letters", _DIGIT_WORD.sub(lambda m: m[0].translate(_DIGITS), piece)),
            ("backwards", piece[::-1]),
            ("as ROT13", codecs.encode(piece, "rot13")),
        ):
            if _common(said) >= _ENOUGH_COMMON:
                yield name, said


def _common(text: str) -> int:
    """Return how many common English words a text has."""
    return sum(word in _COMMON for word in _WORDS.findall(text.casefold()))


def _coded(text: str) -> Iterator[tuple[str, str]]:
    """Yield what stands in a text in another code."""
    for code, name in ((_BASE64, "as base64"), (_HEX, "as hexadecimal numbers")):
        for match in code.finditer(text):
            if (said := _decoded(match[0], name)) and prose(said):
                yield name, said
    for match in _BITS.finditer(text):
        said = "".join(chr(int(bits, 2)) for bits in match[0].split())
        if prose(said):
            yield "as binary numbers", said
    for match in _PERCENT.finditer(text) if text.count("%") > 3 else ():
        said = unquote(match[0].replace("+", " "))
        if said != match[0] and prose(said):
            yield "as an encoded address", said
    for match in _ESCAPES.finditer(text):
        halves = codecs.decode(match[0], "unicode_escape").encode("utf-16", "surrogatepass")
        yield "as escapes", halves.decode("utf-16", "replace")


def _unseen(text: str) -> Iterator[tuple[str, str]]:
    """Yield what is spelled in characters that nobody sees, or in letters that look alike."""
    if _OTHER.search(text) and _MIXED.search(text):
        yield "in letters that look alike", _MIXED.sub(lambda m: m[0].translate(_ALIKE), text)
    for match in _TAGS.finditer(_FLAG.sub("", text)):
        yield "in tag characters", "".join(chr(ord(c) - 0xE0000) for c in match[0])
    for match in re.finditer("[\U000e0100-\U000e01ef]{3,}", text):
        said = bytes((ord(c) - 0xE0100 + 16) % 256 for c in match[0])
        yield "in variation selectors", said.decode("utf-8", errors="replace")
    for match in re.finditer("\u202e([^\u202c\n]+)", text):
        yield "backwards", match[1][::-1]


def _decoded(code: str, name: str) -> str:
    """Return the text behind base64 or hexadecimal numbers; empty where there is none."""
    try:
        if name == "as base64":
            code = re.sub(r"\s", "", code).rstrip("=").translate(str.maketrans("-_", "+/"))
            code = code[: len(code) - 1] if len(code) % 4 == 1 else code
            return base64.b64decode(code + "=" * (-len(code) % 4)).decode("utf-8")
        return bytes.fromhex(re.sub(r"0x|\\x|[\s,]", "", code)).decode("utf-8")
    except (ValueError, binascii.Error):
        return ""
