"""The price of each of the advisor's 16 methods, from plain numbers: what is paid, and for what.

Asking is priced by `asking` (tokens of a host, or own GPUs by the roofline), training by
`training`, documents by `retrieval`, labels and working days by `people`. Every line is a figure
with its formula, inputs and source. People's days stand beside the money, never in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from ladder.costs.asking import hosted_line, on_hand, own_line, own_rate
from ladder.costs.basis import Band
from ladder.costs.figure import Figure
from ladder.costs.method_price import ZERO, FirstPrice, Line, PriceInputs, times
from ladder.costs.people import ASSUMED, BUILD_DAYS, labels_figure
from ladder.costs.retrieval import embedding_figure, index_figure, renewal_figure
from ladder.costs.training import training_estimate
from ladder.errors import InputError

__all__ = ["first_price", "least_raw_text"]

ONE = Band(1, 1, 1)
_PASSAGES = Band(600, 1500, 3000)
"""Prompt tokens of the passages that are found: 2 to 10 chunks of 300 (our assumption)."""
_SHOTS = 8
_DOCS_SHARE = Band(0.1, 0.3, 1)
"""Price of documents in the prompt over that of fresh tokens: caching saves up to 90 %."""
_LARGER = 8
"""Parameters of the larger model over the candidate's, where it runs on own GPUs."""
_FEWEST_ROWS = 100
_DISTILLED_ROWS = 5000
_PAIRS = 1000
_ROUNDS, _DRAWS, _EPOCHS = 3, 8, 3


def first_price(method: str, inputs: PriceInputs) -> FirstPrice:
    """Return what a method costs.

    Raises:
        InputError: the advisor has no method of this name.
    """
    if method not in _LINES:
        raise InputError(f'No price for "{method}"; known: {", ".join(_LINES)}.')
    lines = tuple(line for line in _LINES[method](inputs) if line.money.p90 > 0)
    return FirstPrice(method, lines, inputs.build_days or BUILD_DAYS[method])


def _ask(i: PriceInputs, extra: Band = ZERO, own: bool = False) -> Line:
    """Price a month; `extra` prompt tokens each, `own` weights at a host cost up to twice."""
    if i.hosted:
        return hosted_line(i, i.rates, extra, Band(1, 1.5, 2) if own else ONE)
    return own_line(i, extra, i.base_params)


def _always_on(i: PriceInputs) -> Line:
    """Price a month of weights that no host serves."""
    return own_line(i, ZERO, i.base_params)


def _larger(i: PriceInputs) -> list[Line]:
    if i.hosted:
        return [hosted_line(i, i.larger_rates, ZERO, ONE)]
    return [own_line(i, ZERO, _LARGER * i.base_params)]


def _shots(i: PriceInputs) -> list[Line]:
    shown = _SHOTS * (i.tokens_in + i.tokens_out)
    return [_ask(i, Band(shown, shown, shown))]


def _docs(i: PriceInputs) -> list[Line]:
    """Price all documents in the prompt: kept by own GPUs, from a tenth of the price at a host."""
    if i.hosted:
        return [_ask(i, _DOCS_SHARE * i.knowledge_tokens)]
    return [own_line(i, ONE * i.knowledge_tokens, i.base_params, kept=True)]


def _retrieval(i: PriceInputs, own: bool = False) -> list[Line]:
    return [
        Line("one-off", embedding_figure(i.knowledge_tokens)),
        _ask(i, _PASSAGES, own),
        Line("monthly", index_figure(i.knowledge_tokens)),
        Line("monthly", renewal_figure(i.knowledge_tokens, i.changes_a_month)),
    ]


def _train(
    i: PriceInputs, what: str, tokens: float, method: str = "lora", stage: str = "finetune"
) -> Line:
    """Price training, at least an hour of a GPU; the estimate's own figures are its inputs."""
    found = training_estimate(
        params=i.base_params, tokens=tokens, gpu=i.gpu, stage=stage, method=method
    )
    hour = i.gpu.hourly
    money = Band(*(
        max(a, b)
        for a, b in zip(vars(found.money).values(), vars(hour).values(), strict=True)
    ))  # fmt: skip
    given: dict[str, float | str] = {"parameters": i.base_params, "tokens": tokens}
    for line in found.lines:
        given |= line.inputs
    steps = "; ".join(f"{line.name} = {line.formula}" for line in found.lines)
    sources = "; ".join(dict.fromkeys(line.source for line in found.lines if line.source))
    figure = Figure(
        f"training: {what}", money, "$", f"{steps}; at least one GPU-hour", given, sources
    )
    return _own_once(i, figure, i.gpu_share(1))


def _rows(i: PriceInputs) -> float:
    """Return the training tokens of one epoch, with labels to be made; at least 100 examples."""
    each = max(1.0, i.tokens_in + i.tokens_out)
    return max(i.training_tokens + i.labels_to_make * each, _FEWEST_ROWS * each)


def _labels(i: PriceInputs) -> Line:
    return Line("one-off", labels_figure(i.labels_to_make, i.label_minutes, i.label_hourly))


def _adapter(i: PriceInputs) -> list[Line]:
    return [_labels(i), _train(i, f"adapters, {_EPOCHS} epochs", _EPOCHS * _rows(i))]


def _full(i: PriceInputs) -> list[Line]:
    what = f"all weights, {_EPOCHS} epochs"
    return [_labels(i), _train(i, what, _EPOCHS * _rows(i), "full"), _always_on(i)]


def _distill(i: PriceInputs) -> list[Line]:
    rows = max(_DISTILLED_ROWS, i.labelled + i.labels_to_make)
    tokens = _EPOCHS * rows * max(1.0, i.tokens_in + i.tokens_out)
    return [
        _taught(i, rows),
        _train(i, f"adapters, {_EPOCHS} epochs on the larger model's answers", tokens),
        _ask(i, own=True),
    ]


def _taught(i: PriceInputs, rows: float) -> Line:
    """Price the larger model's answers, each row once."""
    name = "rows answered by the larger model"
    if not i.hosted:
        return _generated(i, name, rows, _LARGER * i.base_params)
    each = i.larger_rates.input * i.tokens_in + i.larger_rates.output * i.tokens_out
    given = {
        "rows": rows, "prompt tokens": i.tokens_in, "answer tokens": i.tokens_out,
        "$ per million prompt tokens": i.larger_rates.input.p50,
        "$ per million answer tokens": i.larger_rates.output.p50,
    }  # fmt: skip
    formula = "rows x (prompt tokens x price + answer tokens x price)"
    source = f"{i.larger_rates.source}; at least {_DISTILLED_ROWS:,} rows: {ASSUMED}"
    return Line("one-off", Figure(name, each * (rows / 1e6), "$", formula, given, source))


def _generated(i: PriceInputs, name: str, answers: float, params: float) -> Line:
    """Price answers that own GPUs write at full load."""
    rate, gpus = own_rate(i, params)
    hours = Band(*(gpus * answers / 3600 / each for each in (rate.p90, rate.p50, rate.p10)))
    given = {
        "answers": answers, "queries a second": rate.p50, "GPUs": gpus,
        "$ per GPU and hour": i.gpu.hourly.p50,
    }  # fmt: skip
    formula = "answers / (queries a second x 3600) x GPUs x $ per GPU and hour"
    money = times(hours, i.gpu.hourly)
    figure = Figure(name, money, "$", formula, given, i.gpu.price_words())
    return _own_once(i, figure, i.gpu_share(gpus))


def _own_once(i: PriceInputs, figure: Figure, rented: float) -> Line:
    """Return a figure that is paid once, but for the share that GPUs on hand do."""
    line = Line("one-off", figure)
    return on_hand(line, figure.value * rented, i.owned_gpus) if i.owned_gpus else line


def _self_training(i: PriceInputs) -> list[Line]:
    answers = _ROUNDS * _DRAWS * max(i.labelled, _FEWEST_ROWS)
    name = f"{_ROUNDS} rounds of {_DRAWS} sampled answers to each example ({ASSUMED})"
    what = f"adapters in {_ROUNDS} rounds, {_EPOCHS} epochs each"
    return [
        _generated(i, name, answers, i.base_params),
        _train(i, what, _ROUNDS * _EPOCHS * _rows(i)),
        _ask(i, own=True),
    ]


def _preference(i: PriceInputs) -> list[Line]:
    """Price pairs up to 1,000; two answers each, and half as much again for the reference."""
    pairs = max(i.preferences, _PAIRS)
    rated = labels_figure(pairs - i.preferences, i.label_minutes / 2, i.label_hourly,
                          what=f"pairs to rate, up to {_PAIRS:,}")  # fmt: skip
    tokens = 1.5 * pairs * 2 * max(1.0, i.tokens_in + i.tokens_out)
    what = "adapters on both answers of each pair, and the reference's forward pass"
    return [Line("one-off", rated), _train(i, what, tokens), _ask(i, own=True)]


def _edit(i: PriceInputs) -> list[Line]:
    hours = Band.around(max(1.0, i.facts_to_change / 60), 4)
    given = {"facts": i.facts_to_change, "$ per GPU and hour": i.gpu.hourly.p50}
    formula = (
        "facts x 1 GPU-minute, at least an hour, x $ per GPU and hour; a quarter to four times"
    )
    source = f"{i.gpu.price_words()}; time: {ASSUMED}"
    money = times(hours, i.gpu.hourly)
    return [
        _own_once(i, Figure("editing facts", money, "$", formula, given, source), i.gpu_share(1)),
        _always_on(i),
    ]


def least_raw_text(params: float) -> float:
    """Return the tokens of raw text below which continued pretraining is not worth it.

    100 million up to a billion parameters, a billion from 7 billion on (published runs); between
    them on a straight line of both logarithms (our assumption).
    """
    share = math.log(min(max(params, 1e9), 7e9) / 1e9) / math.log(7)
    return float(1e8 * 10**share)


def _cpt(i: PriceInputs) -> list[Line]:
    floor = least_raw_text(i.base_params)
    what = f"raw text, at least {floor:.0e} tokens, with 5 % replay"
    tokens = 1.05 * max(i.unlabelled_tokens, floor)
    return [_train(i, what, tokens, "full", "cpt"), *_adapter(i), _always_on(i)]


def _pretrain(i: PriceInputs) -> list[Line]:
    tokens = max(i.unlabelled_tokens, 20 * i.base_params)
    what = "from nothing, at least 20 tokens per parameter (Chinchilla, arXiv 2203.15556)"
    return [_train(i, what, tokens, "full", "pretrain"), *_adapter(i), _always_on(i)]


def _cpu(i: PriceInputs) -> Line:
    what = "a small server without a GPU, or the program that asks"
    given = {"$ a month": 10}
    return Line("monthly", Figure(what, Band(0, 10, 80), "$ a month", "$0 to $80", given, ASSUMED))


_LINES: dict[str, Callable[[PriceInputs], list[Line]]] = {
    "no-llm": lambda i: [_cpu(i)],
    "classifier": lambda i: [_labels(i), _cpu(i)],
    "prompt": lambda i: [_ask(i)],
    "icl": _shots,
    "docs-in-prompt": _docs,
    "rag": _retrieval,
    "larger-model": _larger,
    "peft": lambda i: [*_adapter(i), _ask(i, own=True)],
    "full": _full,
    "rag+peft": lambda i: [*_adapter(i), *_retrieval(i, own=True)],
    "distill": _distill,
    "self-training": _self_training,
    "preference": _preference,
    "edit": _edit,
    "cpt": _cpt,
    "pretrain": _pretrain,
}
