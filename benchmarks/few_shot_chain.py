"""Few-shot rows, eight at a time, against a stock LangChain chain, one by one, in the same run.

The peer is what LangChain's documentation builds: a `FewShotChatMessagePromptTemplate`, for the
nearest rows with a `SemanticSimilarityExampleSelector` over an in-memory store, and a chat model
over a text-generation pipeline of the same weights in the same arithmetic. Ours is the few-shot
preset. Both get the same examples and the same questions in turns; medians over the eights. Rows
whose examples are drawn at random share the beginning of their prompts, and an evaluation asks
them together; the nearest ones share none. What one row alone takes is told beside it.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from classifier_peer import stratified
from label_decoding import DATA, asked, rows

from ladder.answering import PromptSettings, Query, Setup
from ladder.methods import DEFAULT_EMBEDDER, preset
from ladder.models import load_embedder, load_generator
from ladder.models.places import locate
from ladder.models.references import parse_reference
from ladder.project import Example, Task, TaskFolder, create_project

TURNS = int(os.environ.get("TURNS", "5"))
ROWS = 8
WANTED = {"random": 4.0, "nearest": 1.5}
Ask = Callable[[list[str]], list[str]]


def chain(selection: str, shown: list[Example], pool: list[Example], dtype: str) -> Ask:
    """Return the stock chain as a function of questions, which it is asked one by one."""
    import torch
    from langchain_core.example_selectors import SemanticSimilarityExampleSelector
    from langchain_core.prompts import ChatPromptTemplate, FewShotChatMessagePromptTemplate
    from langchain_core.vectorstores import InMemoryVectorStore
    from langchain_huggingface import ChatHuggingFace, HuggingFacePipeline

    folder = locate(parse_reference("smollm2-135m-instruct")).folder
    pipeline = HuggingFacePipeline.from_model_id(
        str(folder),
        "text-generation",
        model_kwargs={"dtype": getattr(torch, dtype)},
        pipeline_kwargs={"max_new_tokens": 32, "do_sample": False, "return_full_text": False},
    )
    turns = ChatPromptTemplate.from_messages([("human", "{input}"), ("ai", "{output}")])
    few: dict[str, Any] = {"example_prompt": turns}
    if selection == "random":
        few["examples"] = [{"input": e.input, "output": e.output} for e in shown]
    else:
        few["input_variables"] = ["input"]
        few["example_selector"] = SemanticSimilarityExampleSelector.from_examples(
            [{"input": e.input, "output": e.output} for e in pool],
            load_embedder(DEFAULT_EMBEDDER), InMemoryVectorStore, k=8, input_keys=["input"],
        )  # fmt: skip
    prompt = ChatPromptTemplate.from_messages(
        [
            ("system", "Which intent has the customer's question?"),
            FewShotChatMessagePromptTemplate(**few),
            ("human", "{input}"),
        ]
    )
    whole: Any = prompt | ChatHuggingFace(llm=pipeline, model_id=str(folder))
    return lambda texts: [str(whole.invoke({"input": text}).content) for text in texts]


def ours(setup: Setup, folder: TaskFolder, pool: list[Example], alone: bool = False) -> Ask:
    """Return our answerer as a function of questions, together or one by one."""
    answerer = asked(setup, folder, pool)

    def ask(texts: list[str]) -> list[str]:
        queries = [Query.of(str(place), text) for place, text in enumerate(texts)]
        turns = [[query] for query in queries] if alone else [queries]
        return [answer.text for turn in turns for answer in answerer.answer(turn)]

    return ask


def timed(name: str, asks: dict[str, Ask], items: list[Example]) -> float:
    """Ask ours, the peer and others in turns; print ratios of rates, and return the first."""
    took: dict[str, list[float]] = {who: [] for who in asks}
    right = dict.fromkeys(asks, 0)
    for turn in range(TURNS + 1):
        some = items[turn * ROWS : (turn + 1) * ROWS]
        for who, ask in list(asks.items())[:: 1 if turn % 2 else -1]:
            began = time.perf_counter()
            said = ask([item.input for item in some])
            took[who].append((time.perf_counter() - began) / len(some))
            right[who] += sum(
                text.strip() == item.output for text, item in zip(said, some, strict=True)
            )
    found: list[float] = []
    for who in asks:
        pairs = [theirs / own for own, theirs in zip(took[who], took["peer"], strict=True)][1:]
        found.append(statistics.median(pairs))
        print(
            f"{name}, {who}: {found[-1]:.2f} times the peer's rate ({min(pairs):.2f} to "
            f"{max(pairs):.2f}, {len(pairs)} turns of {ROWS} rows), "
            f"{1000 * statistics.median(took[who][1:]):,.0f} ms a row, right {right[who]} of "
            f"{len(items)}",
            flush=True,
        )
    return found[0]


def main() -> int:
    """Run both comparisons; the exit code says whether both rates are reached."""
    if not (DATA / "banking77").exists():
        print("LADDER_DATA is not set, so there is nothing to compare.")
        return 0
    os.environ.setdefault("LADDER_HOME", tempfile.mkdtemp())
    folder = create_project(f"chain-{os.getpid()}").add_task(
        Task("route", "classification", "Which intent has the customer's question?")
    )
    drawn = stratified(rows("train"), 1000, 0)
    pool = [Example(f"r{i}", row["text"], row["category"]) for i, row in enumerate(drawn)]
    folder.add_examples(pool)
    tested = stratified(rows("test"), (TURNS + 1) * ROWS, 0)
    items = [Example(f"t{i}", row["text"], row["category"]) for i, row in enumerate(tested)]
    base = preset("few-shot", folder.task)
    dtype = load_generator(str(base.model)).dtype
    reached = True
    for selection in ("random", "nearest"):
        examples: Any = replace(base.examples, selection=selection)
        setup = replace(base, examples=examples)
        prompt = asked(setup, folder, pool).prompt(Query.of("", items[0].input))
        peer = chain(selection, [shot.example for shot in prompt.shots], pool, dtype)
        chat = replace(setup, prompt=PromptSettings(format="chat"))
        asks = {
            "ours": ours(setup, folder, pool),
            "peer": peer,
            "ours alone": ours(setup, folder, pool, alone=True),
            "ours as chat": ours(chat, folder, pool),
        }
        reached &= timed(selection, asks, items) >= WANTED[selection]
    return int(not reached)


if __name__ == "__main__":
    sys.exit(main())
