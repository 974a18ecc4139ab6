from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.project.document_names import folded, numbered, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Price List (2024) v1.2.XLSX", "Price List (2024) v1.2.XLSX"),
        ("__init__.py", "__init__.py"),
        ("C:\\Users\\me\\\u00dcberblick.htm", "\u00dcberblick.htm"),
        ("U\u0308ber.md", "\u00dcber.md"),
        ("\u624b\u518c.docx", "\u624b\u518c.docx"),
        ("\u0939\u093f\u0928\u094d\u0926\u0940.txt", "\u0939\u093f\u0928\u094d\u0926\u0940.txt"),
        ("Returns & Refunds.md", "Returns - Refunds.md"),
        ("<b>[x](y)*`.md", "-b-x-(y)-.md"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("...pdf", "document.pdf"),
        (".hidden.md", "hidden.md"),
        (".md", "document.md"),
        ("a\u202egpj.t\0xt", "agpj.txt"),
        ("CON.txt", "_CON.txt"),
        ("lpt1 .txt", "_lpt1.txt"),
        ("nul.tar.gz", "_nul.tar.gz"),
        ("trail .md. ", "trail.md"),
        ("x" * 300 + ".md", "x" * 117 + ".md"),
        ("\u00e9" * 100 + ".md", "\u00e9" * 58 + ".md"),
        ("", "document"),
    ],
)
def test_a_name_stays_as_it_is_where_that_is_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(max_size=200))
def test_every_safe_name_is_safe_and_stays(name: str) -> None:
    safe = safe_name(name)
    assert safe_name(safe) == safe
    assert 0 < len(safe.encode()) <= 120
    assert not safe.startswith(".")
    assert safe == safe.strip(" .")
    assert not set(safe) & set('/\\:*?"<>|\0\n\r\t')
    second = numbered(safe, 2)
    assert safe_name(second) == second
    assert folded(second) != folded(safe)
    assert len(second.encode()) <= 120
