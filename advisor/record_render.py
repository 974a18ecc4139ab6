"""A record's blocks as Markdown and as one HTML file that asks for no other.

Every text is escaped, whoever wrote it: a name of a task is text, never markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from advisor.record_chart import path_svg
from advisor.record_text import Block, Chart, Heading, Listing, Sentence, Table

__all__ = ["to_html", "to_markdown"]

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~#&])")
_STARTS = re.compile(r"^(\d+(?=[.)])|(?=[-+=]))")
"""What begins a list, a rule or a heading where a line begins with it."""
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#171717;max-width:1000px;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin:1.8rem 0 .5rem;border-bottom:1px solid #d4d4d8}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{border:1px solid #d4d4d8;padding:.3rem .45rem;text-align:left;vertical-align:top}
td:nth-child(n+3){overflow-wrap:anywhere}td:first-child,td:nth-child(2){min-width:5rem}
th{background:#f4f4f5}.source{color:#52525b;font-size:.9em}.strong{font-size:1.1rem;font-weight:600}
.wide{overflow-x:auto}svg{max-width:100%;height:auto}a{color:#0f5c73}
@media print{body{margin:0;max-width:none;font-size:11px}table{font-size:9px}.wide{overflow:visible}
h2{break-after:avoid}tr,li,svg{break-inside:avoid}thead{display:table-header-group}}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"


def to_markdown(title: str, blocks: Iterable[Block]) -> str:
    """Return the record in Markdown, with the flowchart in Mermaid."""
    parts = [f"# {_md(title)}", *(_md_block(block) for block in blocks)]
    return "\n\n".join(parts) + "\n"


def to_html(title: str, blocks: Iterable[Block]) -> str:
    """Return the record as one HTML file; its policy forbids it to load anything."""
    body = "\n".join(_html_block(block) for block in blocks)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )


def _md(text: str) -> str:
    """Return a text in which no character has a meaning to Markdown, on one line."""
    return _STARTS.sub(r"\1\\", _SPECIAL.sub(r"\\\1", " ".join(text.split())))


def _md_block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"## {_md(block.text)}"
    if isinstance(block, Sentence):
        return _md_sentence(block)
    if isinstance(block, Listing):
        marks = (f"{n}." if block.numbered else "-" for n in range(1, len(block.items) + 1))
        return "\n".join(
            f"{mark} {_md_sentence(item)}" for mark, item in zip(marks, block.items, strict=True)
        )
    if isinstance(block, Table):
        rows = [block.head, ("--",) * len(block.head)]
        cells = [[_md(cell) for cell in row] for row in (block.head, *block.rows)]
        lines = [cells[0], list(rows[1]), *cells[1:]]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"```mermaid\n{block.mermaid}\n```"


def _md_sentence(sentence: Sentence) -> str:
    text = _md(sentence.text)
    if sentence.strong:
        text = f"**{text}**"
    if not sentence.source:
        return text
    source = _md(sentence.source)
    if _is_link(sentence.link):
        source = f"[{source}](<{sentence.link}>)"
    return f"{text} ({'; '.join(filter(None, (source, _md(sentence.certainty))))})"


def _html_block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h2>{escape(block.text)}</h2>"
    if isinstance(block, Sentence):
        kind = ' class="strong"' if block.strong else ""
        return f"<p{kind}>{_html_sentence(block)}</p>"
    if isinstance(block, Listing):
        tag = "ol" if block.numbered else "ul"
        items = "".join(f"<li>{_html_sentence(item)}</li>\n" for item in block.items)
        return f"<{tag}>\n{items}</{tag}>"
    if isinstance(block, Chart):
        return path_svg(block.questions, block.titles, block.recommended)
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in block.head)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>\n" for row in block.rows
    )
    return (
        f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}'
        "</tbody></table></div>"
    )


def _html_sentence(sentence: Sentence) -> str:
    text = escape(sentence.text)
    if not sentence.source:
        return text
    source = escape(sentence.source)
    if _is_link(sentence.link):
        source = f'<a href="{escape(sentence.link)}" rel="noreferrer">{source}</a>'
    sure = f"; {escape(sentence.certainty)}" if sentence.certainty else ""
    return f'{text} <span class="source">({source}{sure})</span>'


def _is_link(link: str) -> bool:
    """Return whether an address is one of the web that can stand in a link."""
    return re.fullmatch(r"https://[^\s<>\"'\\]+", link) is not None
