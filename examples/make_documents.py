"""Make the PDF and DOCX files of the helpdesk example from the texts in examples/originals.

The files are committed; name those whose text has changed. It needs two packages that the product
does not: `pip install fpdf2 python-docx`, then `python examples/make_documents.py warranty` and
`python examples/mark_evidence.py`.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

DOCUMENTS = Path(__file__).parent / "helpdesk" / "documents"
ORIGINALS = Path(__file__).parent / "originals"
FILES = {
    "warranty": ".pdf",
    "safety": ".pdf",
    "repairs": ".docx",
    "dealers": ".docx",
    "courses": ".docx",
}
WRITTEN = datetime(2026, 6, 1, tzinfo=UTC)


def blocks(text: str) -> list[tuple[str, list[str]]]:
    """Return the parts of a text: ("#"|"##"|"text"|"table", lines)."""
    parts = []
    for part in text.strip().split("\n\n"):
        lines = part.splitlines()
        if part.startswith("#"):
            mark, _, words = part.partition(" ")
            parts.append((mark, [words]))
        elif part.startswith("|"):
            parts.append(("table", lines))
        else:
            parts.append(("text", [" ".join(lines)]))
    return parts


def cells(line: str) -> list[str]:
    """Return the cells of a table's line."""
    return [cell.strip() for cell in line.strip("|").split("|")]


def make_pdf(text: str, path: Path) -> None:
    """Write the text as a PDF."""
    from fpdf import FPDF

    pdf = FPDF(format="A4")
    pdf.set_creation_date(WRITTEN)
    pdf.set_margin(22)
    pdf.add_page()
    for kind, lines in blocks(text):
        if kind == "table":
            pdf.set_font("Helvetica", size=10)
            with pdf.table(line_height=6) as table:
                for line in lines:
                    row = table.row()
                    for cell in cells(line):
                        row.cell(cell)
        else:
            size = {"#": 20, "##": 14, "text": 10.5}[kind]
            pdf.set_font("Helvetica", style="" if kind == "text" else "B", size=size)
            pdf.multi_cell(0, size * 0.5, lines[0], align="L", new_x="LMARGIN", new_y="NEXT")
        pdf.ln(3)
    pdf.output(str(path))


def make_docx(text: str, path: Path) -> None:
    """Write the text as a DOCX."""
    from docx import Document
    from docx.oxml import OxmlElement

    document = Document()
    document.core_properties.author = "Orlebrook"
    document.core_properties.comments = ""
    document.core_properties.created = document.core_properties.modified = WRITTEN
    for kind, lines in blocks(text):
        if kind == "table":
            rows = [cells(line) for line in lines]
            table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
            table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
            for row, values in zip(table.rows, rows, strict=True):
                for cell, value in zip(row.cells, values, strict=True):
                    cell.text = value
        elif kind == "text":
            document.add_paragraph(lines[0])
        else:
            document.add_heading(lines[0], level=len(kind))
    document.save(str(path))


def main(names: list[str]) -> None:
    """Make the named files, or all."""
    unknown = set(names) - set(FILES)
    if unknown:
        raise SystemExit(f"No such file: {', '.join(sorted(unknown))}; there is {', '.join(FILES)}")
    for name in names or FILES:
        make = {".pdf": make_pdf, ".docx": make_docx}[FILES[name]]
        text = (ORIGINALS / f"{name}.md").read_text(encoding="utf-8")
        make(text, DOCUMENTS / f"{name}{FILES[name]}")


if __name__ == "__main__":
    main(sys.argv[1:])
