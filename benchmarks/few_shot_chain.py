"""Few-shot rows against a stock LangChain chain, one by one, in the same run.

The peer is what LangChain's documentation builds: a `FewShotChatMessagePromptTemplate`, for the
nearest rows with a `SemanticSimilarityExampleSelector` over an in-memory store, and a chat model
over a text-generation pipeline of the same weights in the same arithmetic. Ours is the few-shot
preset. Both get the same examples and the same questions in turns; medians of pairs. Rows whose
examples are drawn at random share the beginning of their prompts, the nearest ones do not.
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

PAIRS = int(os.environ.get("PAIRS", "30"))
WANTED = {"random": 4.0, "nearest": 1.5}
Ask = Callable[[str], str]


def chain(selection: str, shown: list[Example], pool: list[Example], dtype: str) -> Ask:
    """Return the stock chain as a function of the question."""
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
    return lambda text: str(whole.invoke({"input": text}).content)


def ours(setup: Setup, folder: TaskFolder, pool: list[Example]) -> Ask:
    """Return our answerer as a function of the question."""
    answerer = asked(setup, folder, pool)
    return lambda text: next(iter(answerer.answer([Query.of("", text)]))).text


def timed(name: str, mine: Ask, peer: Ask, items: list[Example]) -> float:
    """Ask both in turns, print medians and the ratio of the pairs, and return that."""
    took: dict[str, list[float]] = {"ours": [], "peer": []}
    right = {"ours": 0, "peer": 0}
    for turn, item in enumerate(items):
        both = [("ours", mine), ("peer", peer)]
        for who, ask in both if turn % 2 else both[::-1]:
            began = time.perf_counter()
            said = ask(item.input)
            took[who].append(time.perf_counter() - began)
            right[who] += said.strip() == item.output
    pairs = [theirs / own for own, theirs in zip(took["ours"][2:], took["peer"][2:], strict=True)]
    low, ratio, high = statistics.quantiles(pairs)
    print(
        f"{name:18} {ratio:5.2f} times the peer's rate (middle half {low:.2f} to {high:.2f}, "
        f"{len(pairs)} pairs); p50 "
        f"{1000 * statistics.median(took['ours']):,.0f} ms against "
        f"{1000 * statistics.median(took['peer']):,.0f} ms; right {right['ours']} and "
        f"{right['peer']} of {len(items)}",
        flush=True,
    )
    return ratio


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
    tested = stratified(rows("test"), PAIRS + 2, 0)
    items = [Example(f"t{i}", row["text"], row["category"]) for i, row in enumerate(tested)]
    base = preset("few-shot", folder.task)
    dtype = load_generator(str(base.model)).dtype
    reached = True
    for selection in ("random", "nearest"):
        examples: Any = replace(base.examples, selection=selection)
        setup = replace(base, examples=examples)
        prompt = asked(setup, folder, pool).prompt(Query.of("", items[0].input))
        peer = chain(selection, [shot.example for shot in prompt.shots], pool, dtype)
        ratio = timed(selection, ours(setup, folder, pool), peer, items)
        reached &= ratio >= WANTED[selection]
        chat = replace(setup, prompt=PromptSettings(format="chat"))
        timed(f"{selection}, as chat", ours(chat, folder, pool), peer, items)
    return int(not reached)


if __name__ == "__main__":
    sys.exit(main())
