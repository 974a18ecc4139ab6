"""The prompt as code: a program, or an object of LangChain."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import TYPE_CHECKING

from ladder.answering import Setup
from rag.few_shot.export.content import Content, content_of, fixed
from rag.few_shot.export.readme import about_langchain, about_python
from rag.few_shot.export.sources import alone

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder

__all__ = ["langchain_files", "python_files"]


def python_files(folder: TaskFolder, setup: Setup) -> dict[str, bytes]:
    """Return a program that answers texts as the Setup does."""
    content = content_of(folder, setup)
    needs = ["numpy", "torch", "transformers", *_needs(content)]
    return {
        **content.files(),
        **alone("answer", _unused(content)),
        "requirements.txt": _pinned(needs),
        "README.md": about_python(content).encode(),
    }


def langchain_files(folder: TaskFolder, setup: Setup) -> dict[str, bytes]:
    """Return LangChain's prompt; where it is the same for every text, as one object too."""
    content = content_of(folder, setup)
    needs = ["numpy", "langchain-core", *_needs(content)]
    needs += ["langchain-huggingface"] if content.by_meaning else []
    files = {
        **content.files(),
        **alone("langchain_prompt", _unused(content)),
        "requirements.txt": _pinned(needs),
        "README.md": about_langchain(content).encode(),
    }
    return files | ({"langchain.json": _dumped(content)} if fixed(setup) else {})


def _unused(content: Content) -> set[str]:
    """Return the modules that only another selection would import."""
    by_words = content.examples and content.setup.examples.selection == "bm25"
    return set() if by_words else {"rag.search.bm25"}


def _needs(content: Content) -> list[str]:
    """Return the packages that choosing the examples needs."""
    if content.by_meaning:
        return ["sentence-transformers"]
    return [] if _unused(content) else ["bm25s", "PyStemmer"]


def _pinned(names: Iterable[str]) -> bytes:
    """Return packages with the versions that are installed here; a build's tag is left out."""
    return "".join(f"{name}=={version(name).partition('+')[0]}\n" for name in names).encode()


def _dumped(content: Content) -> bytes:
    """Return the whole prompt as LangChain keeps its objects."""
    from langchain_core.load import dumps
    from langchain_core.prompts import ChatPromptTemplate, HumanMessagePromptTemplate

    from rag.few_shot.export.standalone.langchain_prompt import said

    pieces, (before, after) = content.pieces, content.pieces.asked
    shown = pieces.shown[: content.setup.examples.count]
    messages = [*pieces.before, *(message for each in shown for message in each)]
    if pieces.format == "plain":
        before = "".join(f"{message['content']}\n\n" for message in messages) + before
        messages = []
    asked = HumanMessagePromptTemplate.from_template(
        f"{_escaped(before)}{{input}}{_escaped(after)}"
    )
    template = ChatPromptTemplate([*said(messages), asked])
    return f"{dumps(template, pretty=True, ensure_ascii=False)}\n".encode()


def _escaped(text: str) -> str:
    """Return a text as it stands in a template of LangChain."""
    return text.replace("{", "{{").replace("}", "}}")
