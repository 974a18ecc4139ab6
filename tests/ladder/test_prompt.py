"""The one prompt: what is rendered, how it is encoded, how a completion is read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ladder.answering import PromptSettings, Query, RetrievalSettings, Setup
from ladder.errors import InputError
from ladder.evaluation import query_of
from ladder.fence import fenced
from ladder.methods import METHODS, preset
from ladder.project import preview, read_table
from ladder.project.task import Example, Task
from ladder.prompt import encode, fold_label, read_output, render, shared_tokens, stop_texts

ROUTE = Task("route", "classification", instruction="Route the ticket.")
ASK = Task("ask", "qa", input_name="Question")
SHOTS = [
    Example("1", "My card has not come.", "card_arrival"),
    Example("2", "Charged twice!", "double charge"),
]
LABELS = ["card_arrival", "double charge"]
QUERY = Query.of("q", "Where is my card?")
TALK = [
    {"role": "system", "content": "You sort post."},
    {"role": "user", "content": "Good morning"},
    {"role": "assistant", "content": "Good morning to you"},
    {"role": "user", "content": "A letter is gone."},
    {"role": "assistant", "content": "card_arrival"},
]
(IMPORTED,) = preview(read_table("t.jsonl", json.dumps({"messages": TALK}).encode())).examples
IDS = [
    *(54, 71, 90, 86, 28, 223, 35, 201),  # Text: A
    *(43, 80, 86, 71, 80, 86, 28, 223, 90, 201, 201),  # Intent: x
    *(54, 71, 90, 86, 28, 223, 36, 201),  # Text: B
    *(43, 80, 86, 71, 80, 86, 28),  # Intent:
]


def setup_of(task: Task = ROUTE, model: str = "m", **prompt: Any) -> Setup:
    return Setup("generate", task.name, model=model, prompt=PromptSettings(**prompt))


def test_a_plain_prompt_is_one_running_text_that_ends_where_the_answer_begins() -> None:
    messages = render(setup_of(show_labels=True), QUERY, SHOTS, task=ROUTE, labels=LABELS)
    assert messages == [
        {
            "role": "plain",
            "content": "Route the ticket.\n\n"
            "Intents: card_arrival, double charge\n\n"
            "Text: My card has not come.\nIntent: card_arrival\n\n"
            "Text: Charged twice!\nIntent: double charge\n\n"
            "Text: Where is my card?\nIntent:",
        }
    ]


def test_a_plain_prompt_without_instruction_is_examples_alone() -> None:
    task = Task("route", "classification")
    (message,) = render(setup_of(task), QUERY, SHOTS[:1], task=task, labels=LABELS)
    assert message["content"] == (
        "Text: My card has not come.\nIntent: card_arrival\n\nText: Where is my card?\nIntent:"
    )


def test_the_setup_s_instruction_and_system_text_come_before_the_task_s() -> None:
    setup = setup_of(system="You sort post.", instruction="Name the team.")
    (message,) = render(setup, QUERY, task=ROUTE)
    assert message["content"] == (
        "You sort post.\n\nName the team.\n\nText: Where is my card?\nIntent:"
    )


def test_a_chat_prompt_has_a_system_message_even_if_there_is_nothing_to_say() -> None:
    task = Task("route", "classification")
    messages = render(setup_of(task, format="chat"), QUERY, SHOTS[:1], task=task)
    assert messages == [
        {"role": "system", "content": ""},
        {"role": "user", "content": "My card has not come."},
        {"role": "assistant", "content": "card_arrival"},
        {"role": "user", "content": "Where is my card?"},
    ]


def test_earlier_turns_and_context_of_a_query_are_kept_in_both_formats() -> None:
    turns = (
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi"},
        {"role": "user", "content": "How long?"},
    )
    query = Query("q", turns, context="Ten days.")
    chat = render(setup_of(ASK, format="chat"), query, task=ASK)
    assert chat[0] == {"role": "system", "content": "Be brief."}
    assert [m["content"] for m in chat[1:]] == ["Hello", "Hi", "Ten days.\n\nHow long?"]
    (plain,) = render(setup_of(ASK), query, task=ASK)
    assert plain["content"] == (
        "Be brief.\n\nQuestion: Hello\nAnswer: Hi\n\nContext: Ten days.\n"
        "Question: How long?\nAnswer:"
    )


def test_an_imported_conversation_is_rendered_with_its_last_question_in_both_formats() -> None:
    question = {"role": "user", "content": "Where is order 0?"}
    one = [{"role": "system", "content": "You are a helpdesk."}, question]
    two = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi"},
        question,
    ]
    answer = {"role": "assistant", "content": "On its way."}
    lines = [json.dumps({"messages": [*turns, answer]}) for turns in (one, two)]
    first, second = preview(read_table("talk.jsonl", "\n".join(lines).encode())).examples
    chat = render(setup_of(ASK, format="chat"), query_of(first), [second], task=ASK)
    assert chat == [one[0], *two, answer, question]
    (plain,) = render(setup_of(ASK), query_of(second), [first], task=ASK)
    assert plain["content"] == (
        "Question: Where is order 0?\nAnswer: On its way.\n\n"
        "Question: Hello\nAnswer: Hi\n\nQuestion: Where is order 0?\nAnswer:"
    )
    (plain,) = render(setup_of(ASK), query_of(first), task=ASK)
    assert plain["content"] == "You are a helpdesk.\n\nQuestion: Where is order 0?\nAnswer:"


def test_retrieved_passages_stand_with_the_query_and_shared_documents_before_all(
    home: Path,
) -> None:
    shot = Example("1", "Open on Sunday?", "no")
    query, passages = Query.of("q", "When?"), ["At nine.", "At ten."]
    retrieved = replace(setup_of(ASK), retrieval=RetrievalSettings(source="index"))
    everything = replace(setup_of(ASK), retrieval=RetrievalSettings(source="all-documents"))
    near = render(retrieved, query, [shot], passages, task=ASK)[0]["content"]
    first = render(everything, query, [shot], passages, task=ASK)[0]["content"]
    numbered = "[1] At nine.\n\n[2] At ten."
    asked, shown = "Question: When?\nAnswer:", "Question: Open on Sunday?\nAnswer: no"
    turns = [{"role": "user", "content": "When?"}]
    beside, everywhere = fenced(numbered, [turns, ""]), fenced(numbered, None)
    assert numbered in beside
    assert near == f"{shown}\n\n{beside}\n\n{asked}"
    assert first == f"{everywhere}\n\n{shown}\n\n{asked}"
    chat = replace(retrieved, prompt=PromptSettings(format="chat"))
    assert render(chat, query, [], passages, task=ASK)[-1]["content"] == f"{beside}\n\nWhen?"


def test_an_unanswerable_example_is_shown_with_an_empty_answer() -> None:
    shot = Example("1", "Who won?", "", answerable=False)
    (message,) = render(setup_of(ASK), Query.of("q", "When?"), [shot], task=ASK)
    assert message["content"] == "Question: Who won?\nAnswer:\n\nQuestion: When?\nAnswer:"


def test_chat_encoding_never_lets_the_template_add_a_system_sentence(
    tiny_tokenizer: Any,
) -> None:
    bare = [{"role": "user", "content": "hi"}]
    explicit = [{"role": "system", "content": ""}, *bare]
    assert "default" in tiny_tokenizer.apply_chat_template(bare, tokenize=False)
    assert encode(bare, tiny_tokenizer) == encode(explicit, tiny_tokenizer)
    assert tiny_tokenizer.decode(encode(explicit, tiny_tokenizer)) == (
        "<|im_start|>system\n<|im_end|>\n<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"
    )


def test_a_plain_message_is_encoded_as_it_stands(tiny_tokenizer: Any) -> None:
    ids = encode([{"role": "plain", "content": "Text: é\nIntent:"}], tiny_tokenizer)
    assert tiny_tokenizer.decode(ids) == "Text: é\nIntent:"


def test_encoding_refuses_mixed_prompts_and_models_without_a_template(
    tiny_tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, user = {"role": "plain", "content": "a"}, {"role": "user", "content": "b"}
    with pytest.raises(InputError, match="cannot be mixed"):
        encode([plain, user], tiny_tokenizer)
    monkeypatch.setattr(tiny_tokenizer, "chat_template", None)
    with pytest.raises(InputError, match="plain instead of chat"):
        encode([user], tiny_tokenizer)


@pytest.mark.parametrize("asked", ["one text", "an imported conversation"])
@pytest.mark.parametrize("format", ["plain", "chat"])
@pytest.mark.parametrize("method", [name for name, m in METHODS.items() if m.uses_model])
def test_evaluation_and_chat_send_exactly_the_ids_of_render_and_encode(
    method: str,
    format: Any,
    asked: str,
    home: Path,
    tiny_llama_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from ladder.models import load_generator
    from ladder.models.fakes import use_fakes
    from ladder.models.local_model import LocalModel
    from rag.answerers import GenerateAnswerer
    from rag.conversation import reply
    from rag.retrieval import Passage
    from rag.turn import Turn

    reference = f"path:{tiny_llama_folder}"
    task, labels = (ROUTE, LABELS) if "classification" in METHODS[method].kinds else (ASK, [])
    setup = preset(method, task, model=reference)
    setup = replace(setup, prompt=replace(setup.prompt, format=format))
    setup = replace(setup, embedder="fake")
    generator: Any = load_generator(reference, "float32")
    shots = [*SHOTS, IMPORTED] if setup.examples.count else []
    found = (
        [Passage("a.md", 0, 11, "It is here.", "Cards", similarity=0.9)]
        if METHODS[method].documents != "none"
        else []
    )
    shown = (lambda query: found) if found else None
    answerer = GenerateAnswerer(setup, task, labels, generator, _AllShots(shots), shown)
    sent: list[list[int]] = []
    submit = LocalModel.submit

    def spy(self: LocalModel, ids: Any, **rest: Any) -> Any:
        sent.append(list(ids))
        return submit(self, ids, **rest)

    monkeypatch.setattr(LocalModel, "submit", spy)
    query = query_of(IMPORTED) if asked == "an imported conversation" else QUERY
    with use_fakes(generators={reference: generator}):
        (answer,) = answerer.answer([query])
        "".join(answerer.stream(query))
        list(reply(answerer, turn := Turn(QUERY.text), []))
    texts = [passage.shown for passage in found]

    def ids(of: Query) -> list[int]:
        rendered = render(setup, of, shots, texts, task=task, labels=labels)
        return encode(rendered, generator.tokenizer)

    expected = ids(query)
    assert answer.error is None
    assert sent == [expected, expected, ids(QUERY)]
    assert turn.prompt_tokens == len(ids(QUERY))
    assert answer.prompt_tokens == len(expected)
    said = generator.tokenizer.decode(expected)
    assert ("A letter is gone." in said) == (query is not QUERY or IMPORTED in shots)
    assert ("You sort post." in said) == (query is not QUERY)


def test_what_is_sent_for_an_imported_conversation_is_these_very_ids(
    tiny_llama_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from ladder.models import load_generator
    from ladder.models.local_model import LocalModel
    from rag.answerers import GenerateAnswerer

    task = Task("t", "classification")
    talk = [{"role": "user", "content": "A"}, {"role": "assistant", "content": "x"}]
    talk += [{"role": "user", "content": "B"}, {"role": "assistant", "content": "y"}]
    row = json.dumps({"messages": talk}).encode()
    (example,) = preview(read_table("talk.jsonl", row)).examples
    reference = f"path:{tiny_llama_folder}"
    setup = preset("zero-shot", task, model=reference)
    setup = replace(setup, prompt=PromptSettings())
    generator: Any = load_generator(reference, "float32")
    sent: list[list[int]] = []
    submit = LocalModel.submit

    def spy(self: LocalModel, ids: Any, **rest: Any) -> Any:
        sent.append(list(ids))
        return submit(self, ids, **rest)

    monkeypatch.setattr(LocalModel, "submit", spy)
    list(GenerateAnswerer(setup, task, [], generator, None).answer([query_of(example)]))
    assert generator.tokenizer.decode(sent[0]) == "Text: A\nIntent: x\n\nText: B\nIntent:"
    assert sent == [IDS]


def test_a_completion_is_read_up_to_its_first_line_and_matched_to_a_label() -> None:
    assert read_output(" Card_Arrival \nText: x", ROUTE, LABELS) == (
        "Card_Arrival",
        "card_arrival",
    )
    assert read_output("double   CHARGE", ROUTE, LABELS)[1] == "double charge"
    assert read_output("a double charge", ROUTE, LABELS) == ("a double charge", None)
    assert read_output("", ROUTE, LABELS) == ("", None)
    assert read_output(" 1\n2", ASK) == ("1", None)
    assert read_output(" 1\n2", ASK, format="chat") == ("1\n2", None)
    write = Task("write", "generation")
    assert read_output("a\nb\n", write) == ("a\nb", None)
    assert fold_label(" A\tb ") == "a b"


def test_a_label_that_is_there_letter_for_letter_is_taken_before_one_that_folds_to_it() -> None:
    twins = ["Billing", "billing"]
    assert [read_output(text, ROUTE, twins)[1] for text in ("Billing", "billing", "BILLING")] == [
        "Billing",
        "billing",
        "Billing",
    ]


def test_plain_answers_stop_where_the_next_example_would_begin() -> None:
    assert stop_texts(setup_of(ROUTE), ROUTE) == ("\n",)
    assert stop_texts(setup_of(ROUTE, format="chat"), ROUTE) == ()
    write = Task("write", "generation", input_name="Mail")
    assert stop_texts(setup_of(write), write) == ("\n\nMail:", "\n\nContext:")


def test_shared_tokens_counts_the_common_beginning() -> None:
    assert shared_tokens([1, 2, 3], [1, 2, 4, 5]) == 2
    assert shared_tokens([1], [1, 2]) == 1
    assert shared_tokens([], [1]) == 0


class _AllShots:
    """Shows the same examples to every query."""

    def __init__(self, examples: list[Example]) -> None:
        self.examples = examples

    def select(self, query: Query) -> list[Any]:
        from rag.few_shot import Shot

        return [Shot(example, 0.0, "shown") for example in self.examples]
