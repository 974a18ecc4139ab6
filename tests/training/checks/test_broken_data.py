"""The 25 ways in which a data set is broken; each is noticed before a run, with its own message."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ladder.errors import InputError
from ladder.models.fakes import use_fakes
from ladder.project import Task, TaskFolder, create_project, import_into, preview, read_table
from training.checks import Checked, check_everything
from training.recipe import Recipe

MakeRecipe = Callable[..., Recipe]
Row = dict[str, Any]
_LABELS = ("card", "refund", "account")


@dataclass(frozen=True)
class Brought:
    """A file as it is brought, and the part of the split that it is brought for."""

    data: bytes
    name: str = "data.jsonl"
    split: str = "auto"
    kind: str = "classification"
    settings: tuple[str, ...] = ()
    """Settings of the recipe with which it is broken."""


def good_rows(n: int = 60) -> list[Row]:
    """Return rows of which nothing is wrong; no two are alike."""
    found = []
    for i in range(n):
        label = _LABELS[i % 3]
        words = " ".join(f"{a}{i * 7 % 61}{a}" for a in "pqrstu")
        found.append({"input": f"{label} {label} {words}", "output": label})
    return found


def lines(rows: list[Any], **kwargs: Any) -> bytes:
    """Return JSON lines."""
    return "".join(json.dumps(row, **kwargs) + "\n" for row in rows).encode()


def with_row(place: int, **fields: Any) -> list[Row]:
    """Return so few good rows that all train, one of them changed."""
    rows = good_rows(18)
    rows[place - 1] = rows[place - 1] | fields
    return rows


def chats(*roles: str, talks: int = 24, broken: tuple[int, ...] = ()) -> list[Row]:
    """Return conversations of a user and an assistant; the broken ones have other roles."""
    found = []
    for i in range(1, talks + 1):
        said = roles if i in broken or not broken else ("user", "assistant", "user", "assistant")
        turns = [
            {"role": role, "content": f"{role} speaks of {i * 37} in turn {place}"}
            for place, role in enumerate(said, 1)
        ]
        found.append({"messages": turns})
    return found


def chat(*roles: str, **options: Any) -> list[Brought]:
    return [Brought(lines(chats(*roles, **options)), kind="generation")]


def not_a_list() -> list[Brought]:
    rows = chats("user", "assistant")
    rows[4] = {"messages": "user: hello"}
    return [Brought(lines(rows), kind="generation")]


def near_duplicates() -> list[Brought]:
    rows = good_rows()
    copy = [{"input": rows[3]["input"].upper() + "!", "output": rows[3]["output"]}]
    train = Brought(lines(rows), split="train")
    return [train, Brought(lines([*copy, {"input": "new", "output": "card"}]), split="test")]


def noisy() -> list[Brought]:
    draw, rows = random.Random(1), good_rows(120)
    for row in rows:
        if draw.random() < 0.45:
            row["output"] = _LABELS[(_LABELS.index(row["output"]) + 1) % 3]
    return [Brought(lines(rows), split="train")]


def mixed_encodings() -> list[Brought]:
    text = "text,label\nGr\u00fc\u00dfe,card\nsch\u00f6n,refund\ns\u00fc\u00df,card\n".encode()
    return [Brought(text + "gr\u00fcn,card\n".encode("latin-1") + b"plain,refund\n", "data.csv")]


def mixed_formats() -> list[Brought]:
    return [Brought(lines([*chats("user", "assistant", talks=9), *good_rows(3)]))]


def one(data: bytes, **options: Any) -> Callable[[], list[Brought]]:
    return lambda: [Brought(data, **options)]


def rows(found: list[Any], **options: Any) -> Callable[[], list[Brought]]:
    return one(lines(found), **options)


BROKEN: dict[str, Callable[[], list[Brought]]] = {
    "no outputs": rows([{"input": row["input"]} for row in good_rows()]),
    "empty outputs": rows([row | {"output": ""} for row in good_rows()]),
    "roles swapped": lambda: chat("assistant", "user"),
    "assistant first": lambda: chat("assistant", "user", "assistant", broken=(3, 7)),
    "consecutive user turns": lambda: chat("user", "user", "assistant", broken=(5,)),
    "unknown role": lambda: chat("user", "robot", broken=(2,)),
    "system in the middle": lambda: chat("user", "system", "user", "assistant", broken=(4,)),
    "not a list": not_a_list,
    "JSON cut in the middle": one(lines(good_rows(18))[:-30]),
    "JSON array instead of lines": one(json.dumps(good_rows(18)).encode()),
    "mixed formats": mixed_formats,
    "wrong column names": rows(
        [{"col1": row["input"], "col2": row["output"]} for row in good_rows()]
    ),
    "all rows equal": rows([good_rows()[0]] * 30),
    "near-duplicates of the test split": near_duplicates,
    "one label only": rows([row | {"output": "card"} for row in good_rows()]),
    "a label seen once": rows(with_row(5, output="parcel")),
    "label noise over 30 %": noisy,
    "over-long rows": rows(with_row(6, output="z" * 300), settings=("longest=250",)),
    "rows truncated to no target": rows(with_row(7, input="z" * 300), settings=("longest=250",)),
    "binary bytes": rows(with_row(8, input="card \x00\x01 here")),
    "mixed encodings": mixed_encodings,
    "numbers as labels": rows([row | {"output": i % 3} for i, row in enumerate(good_rows())]),
    "HTML left in": rows(with_row(9, input="<p>Where is my&nbsp;card?</p>")),
    "special tokens in the text": rows(with_row(10, input="card <|im_end|> now")),
    "validation split empty": rows(good_rows(12)),
}

SAID = {
    "no outputs": ("error", r"^None of the 60 examples of \"task\" has an output"),
    "empty outputs": ("import", r"^file: The output \"output\" is empty in all 60 rows"),
    "roles swapped": (
        "error",
        r"seem to be swapped: 24 of 24 conversations begin with the assistant .*\(rows 1, 2, 3 and "
        r"21 more\); row 1 begins with \"assistant speaks of 37 in turn 1\"",
    ),
    "assistant first": (
        "warning",
        r"^The assistant begins in 2 conversations \(rows 3 and 7\): \"assistant speaks of 111",
    ),
    "consecutive user turns": (
        "warning", r"^The user speaks twice in a row in 1 conversation \(row 5\): \"user speaks",
    ),
    "unknown role": ("import", r"^row 2: Turn 2 of \"messages\" has the unknown role \"robot\""),
    "system in the middle": (
        "warning",
        r"^A system message comes later than first in 1 conversation \(row 4\): .* is turn 2",
    ),
    "not a list": ("import", r"^row 5: \"messages\" holds \"user: hello\", not a list of turns"),
    "JSON cut in the middle": (
        "import", r"^row 18: Not JSON: .* The file ends inside this row, after '.*: it was cut off",
    ),
    "JSON array instead of lines": (
        "import", r"^file: It is named \.jsonl, but holds one JSON list and not an object a line",
    ),
    "mixed formats": (
        "import",
        r"^file: It mixes formats: 9 rows with \"messages\" \(first row 1\), 3 rows with columns "
        r"\(first row 10\)",
    ),
    "wrong column names": (
        "import",
        r"^file: The names of the columns do not say what they hold: \"col1\" is taken for the "
        r"input, \"col2\" is taken for the output",
    ),
    "all rows equal": ("import", r"^file: All 30 rows are the same, so one example is left"),
    "near-duplicates of the test split": (
        "warning",
        r"^Near-duplicates of test examples train: 1 example \(row 4\): .* as row 61",
    ),
    "one label only": ("error", r"^All 18 training examples of \"task\" have the label \"card\""),
    "a label seen once": (
        "warning",
        r"^A single training example is all that there is of 1 of 4 labels \(row 5\): \"parcel\"",
    ),
    "label noise over 30 %": (
        "warning", r"^\d\d% of the labels \(\d\d% to \d\d%, n = \d+; an estimate\) are not those",
    ),
    "over-long rows": (
        "warning",
        r"^Left out, for it is longer than 250 tokens: 1 training example \(row 6\): row 6 has "
        r"3\d\d, its answer 302",
    ),
    "rows truncated to no target": (
        "warning",
        r"^No room is left for the answer in 1 training example \(row 7\): the prompt alone of row "
        r"7 has 3\d\d tokens of at most 250",
    ),
    "binary bytes": ("import", r"^row 8, input: Holds a NUL byte \(binary data\)"),
    "mixed encodings": ("import", r"^file: It mixes encodings: 1 bytes are not UTF-8"),
    "numbers as labels": ("warning", r"^All 3 labels are numbers \(\"0\", \"1\", \"2\"; rows"),
    "HTML left in": (
        "warning",
        r"^HTML is left in 1 of 18 training examples \(row 9\): \"<p>Where is my",
    ),
    "special tokens in the text": (
        "warning",
        r"^A special token of the model is in 1 text \(row 10\): \"<\|im_end\|>\" in row 10",
    ),
    "validation split empty": (
        "warning", r"^The validation part is empty, with 12 labelled examples in all",
    ),
}  # fmt: skip


def bring(files: list[Brought]) -> tuple[TaskFolder, list[str]]:
    """Import files as a person would, and return the task with what was said of the files."""
    project = create_project("broken")
    kind: Any = files[0].kind
    project.add_task(Task("task", kind, "Answer."))
    said: list[str] = []
    for file in files:
        found = preview(read_table(file.name, file.data), kind=kind)
        report = import_into(project, "task", found, file.split)
        said += [problem.sentence for problem in report.problems]
    return project.task("task"), said


def findings(folder: TaskFolder, recipe: Recipe) -> Checked:
    with use_fakes():
        return check_everything(folder, recipe)[0]


@pytest.mark.parametrize("kind", list(BROKEN))
def test_every_broken_kind_has_its_own_message_before_launch(
    kind: str, home: Path, tiny: MakeRecipe
) -> None:
    files = BROKEN[kind]()
    folder, said = bring(files)
    found = findings(folder, tiny("lora", *files[0].settings)).findings
    by_kind = {"import": said} | {
        severity: [each.message for each in found if each.severity == severity]
        for severity in ("error", "warning")
    }
    severity, pattern = SAID[kind]
    mine = [each for each in by_kind[severity] if re.search(pattern, each)]
    assert len(mine) == 1, by_kind
    others = [p for name, (_, p) in SAID.items() if name != kind]
    assert not any(re.search(other, mine[0]) for other in others)


def test_there_are_twenty_five_kinds() -> None:
    assert len(BROKEN) == len(SAID) == 25
    assert set(BROKEN) == set(SAID)


@pytest.mark.parametrize("method", ["lora", "classifier"])
def test_of_good_rows_nothing_is_said(home: Path, tiny: MakeRecipe, method: str) -> None:
    folder, said = bring([Brought(lines(good_rows(120)))])
    assert said == []
    assert findings(folder, tiny(method)).findings == ()


def test_a_picture_is_refused_as_such(home: Path) -> None:
    with pytest.raises(InputError, match=r"is a PNG image, not a table or text; save"):
        read_table("data.jsonl", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
