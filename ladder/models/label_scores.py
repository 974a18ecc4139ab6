"""How likely each label is as the whole answer: of all labels at once, or of the best alone.

A label's score is the log-probability of its tokens and of the answer ending after them, so that
labels that begin alike can be compared. Labels share their beginnings in a tree. Its nodes stand
behind the prompt in one sequence, and each sees the prompt, its ancestors and itself (a tree mask,
as in SpecInfer, Miao et al. 2024, section 4.2), so that one pass of the model gives what one pass
a label would give. Prompts that begin alike are read together behind that beginning in the same
way: none sees another's tokens, and the weights are gone through once for all of them.

Of many labels only the likely branches are read, at most eight at once, and never one that is no
label (generation constrained by a trie, De Cao et al. 2021, section 3.2). Other than a beam it
drops no branch for good: a branch can only become less likely as it goes on, so that the search is
over when no open branch is as likely as the best label, which is then the best of all. Labels that
are likely beforehand, such as those of the examples shown, are read in the prompt's own pass (a
draft that is verified, as in speculative decoding, Leviathan et al. 2023), mostly the only one.

This file and `label_tree` need torch alone: exported prompts carry a copy of them.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from typing import Any

from ladder.models.label_tree import LabelTree

__all__ = ["scores_of", "together"]

MOST_LABELS = 20
"""Labels that are all scored in one pass; of more the best are looked for."""
MOST_NODES = 256
"""Nodes read in one pass: the logits of all tokens are held for each of them."""
BRANCHES = 8
"""Branches of a large tree that are read at once, at most."""
MARGIN = 4.0
"""Nats behind the likeliest branch beyond which another one waits: it seldom comes to its turn."""
PROMPTS = 8
"""Prompts that are read together, at most: more of them gain nothing."""
MOST_TOKENS = 256
"""Tokens of prompts that are read together, next to those that they share: each token is compared
with those of the other prompts too, though it sees none of them."""

Search = Generator[list[int], None, dict[int, float]]
"""Yields the nodes that are to be read next; returns scores by the label's place."""


def scores_of(
    model: Any,
    prompts: Sequence[Sequence[int]],
    past: Any,
    tree: LabelTree,
    ends: Collection[int],
    likely: Sequence[Sequence[int]] | None,
) -> tuple[list[dict[int, float]], bool]:
    """Return scores by the label's place for each prompt, and whether they are those of all labels.

    All are scored where there are few; else the best is looked for, beginning with those that are
    `likely`, and the others are those met on the way: the highest is the highest of all. Where one
    of the likely is the best, the pass that reads the prompt is the only one.

    Args:
        model: a causal language model of transformers.
        prompts: of each prompt the tokens that `past` does not hold yet; at least one.
        past: the KV cache that all prompts start from; it is changed.
        tree: the labels.
        ends: tokens that end an answer.
        likely: places of labels for each prompt; None scores all labels of any number.
    """
    everything = likely is None or len(tree.leaves) <= MOST_LABELS
    behind = past.get_seq_length()
    readings = [_Reading(tree, behind, list(ids)) for ids in prompts]
    searches = [
        _all(reading) if everything else _best(reading, first)
        for reading, first in zip(readings, likely or [()] * len(readings), strict=True)
    ]
    found: list[dict[int, float]] = [{} for _ in prompts]
    wanted = {place: next(search) for place, search in enumerate(searches)}
    while wanted:
        for group in _passes(wanted):
            _read(model, past, ends, [(readings[place], wanted[place]) for place in group])
        for place in list(wanted):
            try:
                wanted[place] = next(searches[place])
            except StopIteration as over:
                found[place] = over.value
                del wanted[place]
    return found, everything


def together(prompts: Sequence[Sequence[int]], shared: int) -> list[int]:
    """Return how many prompts at a time are read together, in their order.

    Args:
        prompts: the tokens of each.
        shared: how many leading tokens are kept; prompts that differ in them are read alone.
    """
    sizes: list[int] = []
    room = 0
    for place, ids in enumerate(prompts):
        alike = bool(place) and ids[:shared] == prompts[place - 1][:shared]
        rest = len(ids) - shared
        if not alike or sizes[-1] == PROMPTS or rest > room:
            sizes.append(0)
            room = MOST_TOKENS
        sizes[-1] += 1
        room -= rest
    return sizes


def _passes(wanted: Mapping[int, Sequence[int]]) -> list[list[int]]:
    """Return which prompts are read on in the same pass: as many as its nodes allow."""
    groups: list[list[int]] = []
    room = 0
    for place, nodes in wanted.items():
        if not groups or len(nodes) > room:
            groups.append([])
            room = MOST_NODES
        groups[-1].append(place)
        room -= len(nodes)
    return groups


def _all(reading: _Reading) -> Search:
    """Read the whole tree; return the log-probability of every label."""
    count = len(reading.tree.tokens)
    for start in range(0, count, MOST_NODES):
        yield list(range(start, min(start + MOST_NODES, count)))
    return {place: reading.score(leaf) for place, leaf in enumerate(reading.tree.leaves)}


def _best(reading: _Reading, likely: Sequence[int]) -> Search:
    """Read on where the best label may be; return the log-probability of all that were met."""
    tree = reading.tree
    labels = {leaf: place for place, leaf in enumerate(tree.leaves)}
    found: dict[int, float] = {}
    reached = {-1: 0.0}  # the log-probability of each node that was read
    nodes = list(dict.fromkeys(node for place in likely for node in tree.path(tree.leaves[place])))
    while True:
        yield nodes
        for node in nodes:
            reached[node] = reached[tree.parents[node]] + reading.log_p[node]
            if node in labels:
                found[labels[node]] = reached[node] + reading.end[node]
        best = max(found.values(), default=-float("inf"))
        beyond = [
            (reached[parent] + reading.log_p[child], child)
            for parent in reached
            for child in tree.children.get(parent, ())
            if child not in reached
        ]
        beyond = sorted((each for each in beyond if each[0] > best), reverse=True)[:BRANCHES]
        if not beyond:
            return found
        likeliest = [node for score, node in beyond if score >= beyond[0][0] - MARGIN]
        nodes = [each for node in likeliest for each in tree.branch(node)]


class _Reading:
    """What a model has read of a tree behind one prompt, and where in the cache it stands."""

    def __init__(self, tree: LabelTree, behind: int, fresh: list[int]) -> None:
        self.tree = tree
        self.behind = behind
        """How many columns of the cache all prompts see."""
        self.fresh = fresh
        """The prompt's tokens that were not read yet."""
        self.own = slice(0, 0)
        """The columns of the prompt's tokens that were read, one after the other."""
        self.columns: dict[int, int] = {}
        """The column of each node that was read."""
        self.log_p: dict[int, float] = {}
        """Of each node's token after its parent, once the parent was read."""
        self.end: dict[int, float] = {}
        """Of the answer ending after each node that was read."""

    def score(self, leaf: int) -> float:
        """Return the log-probability of a label, from what was read."""
        return sum(self.log_p[node] for node in self.tree.path(leaf)) + self.end[leaf]

    def note(self, nodes: Sequence[int], logits: Any, ends: Sequence[int]) -> None:
        """Keep, of the logits after each node, what concerns the tree."""
        import torch

        whole = logits.logsumexp(dim=-1)
        over = (logits[:, list(ends)].logsumexp(dim=-1) - whole).tolist()
        for row, node in enumerate(nodes):
            self.end[node] = over[row]
            children = self.tree.children.get(node, [])
            if children:
                tokens = torch.tensor([self.tree.tokens[child] for child in children])
                own = (logits[row, tokens.to(logits.device)] - whole[row]).tolist()
                self.log_p.update(zip(children, own, strict=True))


def _read(
    model: Any, past: Any, ends: Collection[int], asked: Sequence[tuple[_Reading, Sequence[int]]]
) -> None:
    """Read the rest of each prompt, if any, and nodes whose ancestors stand before them."""
    import torch

    tokens: list[int] = []
    places: list[int] = []  # of each token in its own prompt
    kept: list[int] = []  # the rows whose logits are needed
    told: list[tuple[_Reading, list[int]]] = []
    column = past.get_seq_length()
    count = sum(len(reading.fresh) + len(nodes) for reading, nodes in asked)
    sees = torch.zeros(count, column + count, dtype=torch.bool)
    for reading, nodes in asked:
        row, fresh = len(tokens), reading.fresh
        sees[row : row + len(fresh) + len(nodes), : reading.behind] = True
        if fresh:
            reading.own, reading.fresh = slice(column + row, column + row + len(fresh)), []
            sees[row : row + len(fresh), reading.own] = torch.ones(
                len(fresh), len(fresh), dtype=torch.bool
            ).tril()
            places += range(reading.behind, reading.behind + len(fresh))
            tokens += fresh
            kept.append(len(tokens) - 1)
        after = reading.behind + reading.own.stop - reading.own.start
        sees[len(tokens) : len(tokens) + len(nodes), reading.own] = True
        for node in nodes:
            path = reading.tree.path(node)
            reading.columns[node] = column + len(tokens)
            sees[len(tokens), [reading.columns[each] for each in path]] = True
            places.append(after + len(path) - 1)
            kept.append(len(tokens))
            tokens.append(reading.tree.tokens[node])
        told.append((reading, [*([-1] if fresh else []), *nodes]))
    here = {"device": model.device}
    with torch.inference_mode():
        out = model(
            input_ids=torch.tensor([tokens], **here),
            attention_mask=_mask(model, sees),
            position_ids=torch.tensor([places], **here),
            past_key_values=past,
            use_cache=True,
            logits_to_keep=torch.tensor(kept, **here),
        )
        logits, first = out.logits[0].float(), 0
        for reading, rows in told:
            reading.note(rows, logits[first : first + len(rows)], list(ends))
            first += len(rows)


def _mask(model: Any, sees: Any) -> Any:
    """Return what each new token sees, as numbers to add: 0, or the lowest there is."""
    import torch

    mask = torch.zeros(sees.shape, dtype=model.dtype)
    return mask.masked_fill(~sees, torch.finfo(model.dtype).min)[None, None].to(model.device)
