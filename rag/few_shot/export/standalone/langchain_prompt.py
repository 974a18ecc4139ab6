"""The few-shot prompt in this folder for LangChain.

    from langchain_prompt import few_shot_prompt, limits

    chain = few_shot_prompt() | model.bind(**limits())
    chain.invoke({"input": "my text"})

Where the examples are chosen by meaning, the texts are embedded by the model that `prompt.json`
names; `few_shot_prompt(embeddings)` takes it from elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.example_selectors import BaseExampleSelector
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.prompts import (
    ChatPromptTemplate,
    FewShotChatMessagePromptTemplate,
    HumanMessagePromptTemplate,
    MessagesPlaceholder,
)
from langchain_core.runnables import Runnable, RunnableLambda

from ladder.errors import InputError
from rag.few_shot.export.standalone.few_shot import FewShot, unit

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

__all__ = ["Selector", "few_shot_prompt", "limits", "said"]

FOLDER = Path(__file__).resolve().parent
_ROLES = {"system": SystemMessage, "assistant": AIMessage}


class Selector(BaseExampleSelector):
    """Chooses the examples for a text, as the project does.

    Args:
        few_shot: the prompt and its examples.
    """

    def __init__(self, few_shot: FewShot) -> None:
        self.few_shot = few_shot

    def select_examples(self, input_variables: dict[str, str]) -> list[dict[str, Any]]:
        """Return the examples for `input_variables["input"]`, in the order of the prompt."""
        examples = self.few_shot.examples
        return [
            {**examples[place], "shown": said(examples[place]["shown"])}
            for place in self.few_shot.places(input_variables["input"])
        ]

    def add_example(self, example: dict[str, str]) -> None:
        """Say where examples are added."""
        raise NotImplementedError("Add the example to the project, and export the prompt again.")


def few_shot_prompt(
    embeddings: Embeddings | None = None, folder: Path = FOLDER
) -> Runnable[Any, Any]:
    """Return the prompt: it takes {"input": TEXT} and gives what a chat model is asked.

    A "context" beside the input is put before it, as in the examples that have one.

    Args:
        embeddings: the model that made `vectors.npy`, where that file is.
        folder: where the files lie.
    """
    few_shot = FewShot(folder, _embed(folder, embeddings))
    parts: list[Any] = []
    if few_shot.prompt["format"] == "chat":
        shown: Any = FewShotChatMessagePromptTemplate(
            input_variables=["input"],
            example_selector=Selector(few_shot),
            example_prompt=ChatPromptTemplate([MessagesPlaceholder("shown")]),
        )
        parts = [*said(few_shot.prompt["before"]), shown]
    # What is asked is a value, so that no brace in it or in an example is read as a template.
    template = ChatPromptTemplate([*parts, HumanMessagePromptTemplate.from_template("{asked}")])
    return RunnableLambda(lambda given: _asked(few_shot, given)) | template


def limits(folder: Path = FOLDER) -> dict[str, Any]:
    """Return what a model is to be bound to: the longest answer, and where it ends."""
    prompt = FewShot.settings(folder)
    return {"max_tokens": prompt["max_tokens"], "stop": prompt["stop"] or None}


def said(messages: Sequence[dict[str, str]]) -> list[BaseMessage]:
    """Return messages as LangChain has them; what they say is no template."""
    return [_ROLES.get(each["role"], HumanMessage)(each["content"]) for each in messages]


def _asked(few_shot: FewShot, given: dict[str, str]) -> dict[str, str]:
    """Return the values of the template: what is asked last, in a plain prompt all of it."""
    shown: list[int] | None = [] if few_shot.prompt["format"] == "chat" else None
    messages = few_shot.messages(given["input"], given.get("context", ""), shown)
    return {"input": given["input"], "asked": messages[-1]["content"]}


def _embed(folder: Path, embeddings: Embeddings | None) -> Any:
    """Return what embeds a text, where examples are chosen by meaning."""
    if not (folder / "vectors.npy").exists():
        return None
    if embeddings is None:
        name = FewShot.settings(folder)["embedder"]
        if not name:
            raise InputError(
                "The examples are chosen by the meaning of the text: give few_shot_prompt the "
                "embeddings that made vectors.npy (README.md says which)."
            )
        from langchain_huggingface import HuggingFaceEmbeddings

        embeddings = HuggingFaceEmbeddings(
            model_name=name, encode_kwargs={"normalize_embeddings": True}
        )
    made = embeddings
    return lambda text: unit(made.embed_query(text))
