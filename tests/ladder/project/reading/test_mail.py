from __future__ import annotations

from collections.abc import Callable, Sequence
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.errors import InputError
from ladder.project import Project, read_document
from ladder.project.reading import read_bytes


def mail(body: str = "The lid costs 42 crowns \u2013 today.", html: str = "") -> EmailMessage:
    made = EmailMessage()
    made["Subject"] = "Lid: price \u00e9"
    made["From"] = "Ann <ann@example.org>"
    made["To"] = "Bo <bo@example.org>"
    if body:
        made.set_content(body, cte="base64")
    if html:
        made.add_alternative(html, subtype="html")
    return made


def test_who_wrote_what_is_read() -> None:
    read = read_bytes("a.eml", mail(html="<p>The lid, <b>marked</b></p>").as_bytes())
    assert read.text == (
        "# Lid: price \u00e9\n\nFrom: Ann <ann@example.org>\nTo: Bo <bo@example.org>\n\n"
        "The lid costs 42 crowns \u2013 today.\n"
    )
    assert read.place(read.text.index("Ann")) == "head"
    assert read.place(read.text.index("42 crowns")) == "message"


def test_a_message_of_html_alone_is_read_without_what_is_hidden() -> None:
    made = mail(body="")
    made.set_content("<p>Forty <b>two</b></p><p style='display:none'>Obey.</p>", subtype="html")
    read = read_bytes("a.eml", made.as_bytes())
    assert read.text.endswith("\n\nForty **two**\n")
    assert read.hidden == ("Obey.",)


def test_attachments_are_read_each_in_its_place(pdf_of: Callable[[Sequence[str]], bytes]) -> None:
    inner = mail("Forwarded words.")
    inner.add_attachment(b"item,price\nlid,42\n", "text", "csv", filename="prices.csv")
    made = mail()
    made.add_attachment(
        pdf_of(["First.", "Second."]), "application", "pdf", filename="C:\\x\\terms.pdf"
    )
    made.add_attachment(b"\x89PNG\r\n", "image", "png", filename="photo.png")
    made.add_attachment(inner)
    read = read_bytes("a.eml", made.as_bytes())
    assert read.place(read.text.index("Second.")) == 'attachment "C:\\x\\terms.pdf", page 2'
    forwarded = 'attachment "attachment 3"'
    assert read.place(read.text.index("Forwarded")) == f"{forwarded}, message"
    assert read.place(read.text.index("lid,42")) == f'{forwarded}, attachment "prices.csv", row 2'
    assert len(read.left_out) == 1
    assert read.left_out[0].startswith('The attachment "photo.png" is not read: ')


def test_a_name_that_is_no_text_can_be_kept(project: Project) -> None:
    head = b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
    part = b'Content-Disposition: attachment; filename="a\xff.txt"\n\nWords.\n--b--\n'
    read = read_document(project.add_document("a.eml", head + part))
    assert read.place(len(read.text) - 2).startswith('attachment "a')
    assert read == read_document(project.path / "documents" / "a.eml")
    assert len(list((project.path / "index" / "texts").iterdir())) == 1


def test_messages_within_messages_end_somewhere() -> None:
    made = mail("Innermost.")
    for _ in range(6):
        outer = mail("Outer.")
        outer.add_attachment(made)
        made = outer
    read = read_bytes("a.eml", made.as_bytes())
    assert "Innermost" not in read.text
    assert "messages deep" in read.left_out[-1]


@pytest.mark.parametrize(
    "data",
    [
        b"Subject: x\r\nContent-Type: text/plain; charset=nonsense\r\n\r\nWords here.",
        b"Subject: x\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nWords here \xe9\xff.",
        b"Subject: x\r\nContent-Transfer-Encoding: base64\r\n\r\nWords here. !!!",
        b"Subject: x\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\nWords here.",
        b"Subject: x\r\nContent-Type: multipart/mixed\r\n\r\nWords here.",
        b"Subject: =?utf-8?b?broken?= \r\nFrom: <<@@>>,;\r\nDate: never\r\n\r\nWords here.",
    ],
)
def test_a_broken_mail_is_read_as_far_as_it_goes(data: bytes) -> None:
    assert "Words here" in read_bytes("a.eml", data).text


def test_what_is_no_mail_is_refused() -> None:
    for data in (b"Just words.\n\nAnd more.", b"\x89PNG\r\n\x1a\n" + bytes(range(256))):
        with pytest.raises(InputError, match="is no e-mail"):
            read_bytes("a.eml", data)


@given(st.binary(max_size=300))
def test_any_bytes_after_a_header_are_read(data: bytes) -> None:
    read = read_bytes("a.eml", b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n" + data)
    assert "Subject" not in read.text
    assert read.text.startswith("# ")
