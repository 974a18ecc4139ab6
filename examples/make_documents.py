"""Make the PDF and the DOCX of the helpdesk example from the text below.

The two files are committed; run this again only after changing the text. It needs two packages
that the product does not: `pip install fpdf2 python-docx`, then `python examples/make_documents.py`
and `python examples/mark_evidence.py`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

DOCUMENTS = Path(__file__).parent / "helpdesk" / "documents"
WRITTEN = datetime(2026, 6, 1, tzinfo=UTC)

WARRANTY = """
# Limited warranty

Version 7, valid for products bought from 1 June 2026. What the maker, Orlebrook, promises in
addition to the rights that the law gives every buyer. Those rights are not touched by it.

## 1. How long it lasts

The warranty begins on the day of delivery, or on the day of purchase if the product was carried
home from a dealer.

| Product | Warranty | If registered | Used in an office |
| Corvo One | 2 years | 3 years | 6 months |
| Corvo Duo | 2 years | 4 years | 12 months |
| Mistle | 3 years | 5 years | 12 months |
| Pell | 2 years | 2 years | 2 years |
| Breva S and Breva XL | 2 years | 3 years | 2 years |
| Products from the outlet | 1 year | 1 year | none |

A product is registered when its serial number has been entered in the app or on the website
within 60 days of delivery. Late registration is accepted only if the customer was in hospital or
abroad and can show it. A registered product keeps its longer warranty when it is sold or given
away, but only once: the second owner cannot pass it on.

## 2. What is covered

Faults of material and workmanship. We repair the product; if it cannot be repaired within the
time given in the repair centre handbook, or if the same fault appears for a third time, the
customer may choose between a replacement and the money. The money is the price paid, less 1
percent for each full month of use after the first year.

A repair does not prolong the warranty, but the part that was replaced has a warranty of its own
of 12 months, and so has the work. A replacement product takes over what is left of the warranty,
and at least 6 months.

## 3. What is not covered

Seals, burrs, filters, the milk valve and the water cartridge wear out and are excluded, unless
they fail in the first 90 days. Scale is excluded if the machine's memory shows that descaling was
more than 60 days overdue. Glass is excluded in every case. So is damage from vinegar, from water
above the maximum mark, from lightning, and from opening the housing.

Opening the housing ends the warranty for the whole product. The only exception is the Mistle,
whose upper ring may be unscrewed for cleaning, as its manual shows.

The battery of the Pell Travel, which is no longer sold, had a warranty of 12 months.

## 4. How to claim

We need the serial number and a proof of purchase. Registration counts as proof of purchase. If
both are missing, we take the date of manufacture plus three months as the date of purchase. A
short film of the fault saves time but may not be demanded.

The customer must tell us within 60 days of noticing the fault. Postage on the mainland is paid by
us in the first 24 months. Afterwards the customer pays 9 euros for each repair, or 19 euros for a
Breva XL; we pay the way back. From the islands and from abroad, the customer pays the way to us,
and gets it back if the fault was covered.

If we find no fault, we charge 29 euros for the inspection. This charge is waived the first time.

## 5. Where it applies

The warranty holds in the country where the product was bought and in the neighbouring countries
to which we deliver. Machines taken elsewhere may be sent in at the owner's cost and are repaired,
but not replaced. A different mains voltage ends the cover for electrical faults.

## 6. Dealers

A product bought from a dealer has the same warranty. The customer may choose to claim from the
dealer or from us. A claim that a dealer has refused may be brought to us within 30 days of the
refusal, with the dealer's letter.
"""

REPAIRS = """
# Repair centre handbook

Version 12, valid from 1 September 2026. For everyone who books, prices or answers questions about
repairs. Whether a repair is free follows from the limited warranty; this handbook says how it
goes on and what it costs if it is not free.

## Booking a repair

Every repair needs a case number of eight digits. Parcels without one are put aside and delay the
customer by about a week. Send the box label with the case number on the day of the call. The
customer empties tanks and trays, takes out beans and filters, and keeps all loose accessories at
home. A Corvo Duo is sent without its milk jug. A Breva XL is fetched by the carrier; no customer
has to carry it.

## Time

A repair takes seven working days from arrival to dispatch. In January it takes ten, because many
presents come back then. Members of the Refill Plan are served first, within five working days,
also in January. If a part is missing, tell the customer on the same day and give a date; after 20
working days without the part, the case counts as one that cannot be repaired.

## Prices without warranty

| Product | Inspection | Small repair | Large repair | Limit |
| Corvo One | 25 euros | 59 euros | 119 euros | 160 euros |
| Corvo Duo | 35 euros | 79 euros | 169 euros | 280 euros |
| Mistle | 20 euros | 39 euros | 69 euros | 85 euros |
| Pell | none | 25 euros | not offered | 40 euros |
| Breva S | 20 euros | 39 euros | 79 euros | 100 euros |
| Breva XL | 30 euros | 49 euros | 109 euros | 180 euros |

The inspection is deducted from the repair if the customer has it done. Above the limit we advise
against a repair and offer 20 percent off a new product of the same kind. The limit does not hold
for the Corvo Classic: its owners may have it repaired at any price, since it is no longer sold.

An estimate is valid for 21 days. If the customer does not answer, we remind once, and after 60
days the product is sent back and the inspection charged. A product whose owner cannot be reached
is kept for six months and then recycled.

## Loan machines

For an espresso machine under warranty, a loan machine is offered when the repair takes longer
than the promised time. It costs nothing, but a deposit of 100 euros is reserved on the card.
Offices get a loan machine from the first day. There are no loan machines for grinders, kettles or
purifiers, and none on the islands. Loan machines must come back within ten days of the end of the
repair; after that we charge 4 euros a day.

## Repair at home

We do not visit private homes. Offices with three Corvo Duo or more may order a visit for 140
euros, which includes the first hour; each further half hour costs 35 euros. A visit that is
called off less than 24 hours before costs 60 euros.

## After the repair

The report lists the fault, the parts and the test. For espresso machines we draw 20 test coffees,
which do not count towards the counter for returns. If the same fault comes back within 90 days,
the second repair is free and goes before all others, whether or not there is a warranty.

Settings such as water hardness and cup sizes are lost when the board is replaced. Tell the
customer before the repair. Data in the app are not affected, but the machine has to be paired
again.

## Broken in our hands

If we damage a product in the workshop, or the parcel is lost on the way back, the customer gets a
new product of the same model with a full new warranty. This is the one case in which the warranty
starts again from the beginning. A team leader signs it.
"""


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


if __name__ == "__main__":
    make_pdf(WARRANTY, DOCUMENTS / "warranty.pdf")
    make_docx(REPAIRS, DOCUMENTS / "repairs.docx")
