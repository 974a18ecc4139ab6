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

__all__ = ["Selector", "asking", "few_shot_prompt", "limits", "said"]

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

    Args:
        embeddings: the model that made `vectors.npy`, where that file is.
        folder: where the files lie.
    """
    few_shot = FewShot(folder, _embed(folder, embeddings))
    if few_shot.prompt["format"] == "plain":
        # One text, of which LangChain must not read what stands in examples as a template.
        template = ChatPromptTemplate([HumanMessagePromptTemplate.from_template("{prompt}")])
        return RunnableLambda(lambda given: {"prompt": _text(few_shot, given)}) | template
    shown = FewShotChatMessagePromptTemplate(
        input_variables=["input"],
        example_selector=Selector(few_shot),
        example_prompt=ChatPromptTemplate([MessagesPlaceholder("shown")]),
    )
    before = said(few_shot.prompt["before"])
    template = ChatPromptTemplate([*before, shown, asking(few_shot.prompt)])
    return RunnableLambda(_stripped) | template


def limits(folder: Path = FOLDER) -> dict[str, Any]:
    """Return what a model is to be bound to: the longest answer, and where it ends."""
    prompt = FewShot.settings(folder)
    return {"max_tokens": prompt["max_tokens"], "stop": prompt["stop"] or None}


def said(messages: Sequence[dict[str, str]]) -> list[BaseMessage]:
    """Return messages as LangChain has them; what they say is no template."""
    return [_ROLES.get(each["role"], HumanMessage)(each["content"]) for each in messages]


def asking(prompt: dict[str, Any], text_before: str = "") -> HumanMessagePromptTemplate:
    """Return the template of the last message, which asks for the answer to {input}."""
    before, after = prompt["asked"]
    return HumanMessagePromptTemplate.from_template(
        f"{_escaped(text_before + before)}{{input}}{_escaped(after)}"
    )


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _stripped(given: dict[str, Any]) -> dict[str, Any]:
    return {**given, "input": given["input"].strip()}


def _text(few_shot: FewShot, given: dict[str, Any]) -> str:
    return few_shot.messages(given["input"])[0]["content"]


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
