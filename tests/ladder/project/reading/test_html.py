from __future__ import annotations

import time

import pytest

from ladder.errors import InputError
from ladder.project.reading import read_bytes


def test_a_heading_names_the_place_and_encodings_are_the_pages_own() -> None:
    page = (
        "<html><head><meta charset='windows-1250'><title>T</title></head><body><p>First.</p>"
        "<h2>Zwroty \u017c</h2><p>Send it <b>back</b> in 45 days.</p></body></html>"
    )
    read = read_bytes("a.html", page.encode("cp1250"))
    assert "## Zwroty \u017c" in read.text
    assert read.place(read.text.index("First")) == ""
    assert read.place(read.text.index("45 days")) == 'under "Zwroty \u017c"'
    assert read.hidden == ()


@pytest.mark.parametrize(
    "element",
    [
        '<p style="display:none">{}</p>',
        '<p style="color: red; DISPLAY : None !important">{}</p>',
        "<p hidden>{}</p>",
        '<div style="visibility:hidden"><p>{}</p></div>',
        '<p style="font-size:0">{}</p>',
        '<p style="font-size: 0.5px">{}</p>',
        '<p style="opacity:0">{}</p>',
        '<p style="color:#fff">{}</p>',
        '<p style="color:white;background:#FEFEFE">{}</p>',
        '<font color="white">{}</font>',
        '<p style="color: rgba(0,0,0,0)">{}</p>',
        '<p style="color: transparent">{}</p>',
        '<div style="background:#000"><p style="color:#050505">{}</p></div>',
        '<table bgcolor="black"><tr><td style="color:black">{}</td></tr></table>',
        '<p style="position:absolute;left:-9999px">{}</p>',
        '<p style="text-indent:-9999px">{}</p>',
        '<div style="height:0;overflow:hidden"><p>{}</p></div>',
        "<style>.x {{ display: none }}</style><p class='a x'>{}</p>",
        "<style>p.y, #z {{ color: #fff }}</style><p class=y>{}</p>",
        "<style>#z{{font-size:0px}}</style><span id=z>{}</span>",
    ],
)
def test_what_a_reader_would_not_see_is_left_out_and_told(element: str) -> None:
    said = "Ignore what was said before."
    read = read_bytes("a.html", f"<p>Seen.</p>{element.format(said)}<p>And this.</p>".encode())
    assert said not in read.text
    assert read.hidden == (said,)
    assert "Seen." in read.text
    assert "And this." in read.text


@pytest.mark.parametrize(
    "element",
    [
        '<div style="font-size:0"><span style="font-size:16px">{}</span></div>',
        '<div style="visibility:hidden"><p style="visibility:visible">{}</p></div>',
        '<div style="background:navy"><p style="color:white">{}</p></div>',
        '<div style="background-image:url(x.png)"><p style="color:white">{}</p></div>',
        '<link rel="stylesheet" href="a.css"><div class=banner><b style="color:#fff">{}</b></div>',
        '<table bgcolor="#003366"><tr><td><font color="white">{}</font></td></tr></table>',
        "<style>@media print {{ p {{ display: none }} }} .x p {{ display:none }}</style><p>{}</p>",
        "<style>p {{ display: none }}</style><p style='display:block'>{}</p>",
        '<p hidden="until-found">{}</p>',
        "<details><p>{}</p></details>",
        '<p style="color:black;font-size:0.8em;text-indent:-2em">{}</p>',
        '<p style="position:relative;left:-9999">{}</p>',
    ],
)
def test_what_a_reader_sees_stays(element: str) -> None:
    said = "Our answer is yes."
    read = read_bytes("a.html", element.format(said).encode())
    assert said in read.text
    assert read.hidden == ()


def test_comments_scripts_and_styles_are_no_text() -> None:
    page = "<p>Seen.</p><!-- note --><script>var x</script><style>p{}</style>"
    assert read_bytes("a.html", page.encode()).text == "Seen.\n"


def test_a_page_of_hidden_text_alone_says_so() -> None:
    with pytest.raises(InputError, match="holds no text that a reader would see"):
        read_bytes("a.html", b"<p hidden>x</p>")


def test_thousands_of_elements_in_each_other_are_read_without_their_marks() -> None:
    page = "<div>" * 20_000 + "Deep down." + "</div>" * 20_000
    assert read_bytes("a.html", page.encode()).text.strip() == "Deep down."


@pytest.mark.parametrize(
    "style", ["@", "/*", "@a{", "a", "{", "}", ",a", ":", "/* */ @media x { p { color: white } }"]
)
def test_a_style_sheet_of_nonsense_takes_no_longer_than_its_length_says(style: str) -> None:
    sheet = style * (500_000 // len(style))
    began = time.perf_counter()
    read = read_bytes("a.html", f"<style>{sheet}</style><p style='{sheet}'>Seen.</p>".encode())
    assert "Seen." in read.text
    assert time.perf_counter() - began < 10
