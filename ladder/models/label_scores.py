"""How likely each label is as the whole answer: of all labels at once, or of the best alone.

A label's score is the log-probability of its tokens and of the answer ending after them, so that
labels that begin alike can be compared. Labels share their beginnings in a tree. Its nodes stand
behind the prompt in one sequence, and each sees the prompt, its ancestors and itself (a tree mask,
as in SpecInfer, Miao et al. 2024, section 4.2), so that one pass of the model gives what one pass
a label would give.

Of many labels only the likely branches are read, at most eight at once, and never one that is no
label (generation constrained by a trie, De Cao et al. 2021, section 3.2). Other than a beam it
drops no branch for good: a branch can only become less likely as it goes on, so that the search is
over when no open branch is as likely as the best label, which is then the best of all. Labels that
are likely beforehand, such as those of the examples shown, are read in the prompt's own pass (a
draft that is verified, as in speculative decoding, Leviathan et al. 2023), mostly the only one.

This file needs torch alone: exported prompts carry a copy of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

__all__ = ["LabelTree", "all_scores", "begin_with", "best_scores", "label_ids", "scores_of"]

MOST_LABELS = 20
"""Labels that are all scored in one pass; of more the best are looked for."""
MOST_NODES = 256
"""Nodes read in one pass: the logits of all tokens are held for each of them."""
BRANCHES = 8
"""Branches of a large tree that are read at once, at most."""
MARGIN = 4.0
"""Nats behind the likeliest branch beyond which another one waits: it seldom comes to its turn."""


class LabelTree:
    """Labels as paths of tokens from one root; node i comes after `parents[i]`, -1 is the prompt.

    Args:
        labels: the token ids of each label.

    Raises:
        ValueError: a label has no token.
    """

    def __init__(self, labels: Sequence[Sequence[int]]) -> None:
        nodes: dict[tuple[int, int], int] = {}
        self.leaves: list[int] = []
        for ids in labels:
            if not ids:
                raise ValueError("A label without tokens cannot be scored.")
            node = -1
            for token in ids:
                node = nodes.setdefault((node, int(token)), len(nodes))
            self.leaves.append(node)
        self.parents = [parent for parent, _ in nodes]
        self.tokens = [token for _, token in nodes]
        self.children: dict[int, list[int]] = {}
        for node, parent in enumerate(self.parents):
            self.children.setdefault(parent, []).append(node)

    def path(self, node: int) -> list[int]:
        """Return the nodes from the prompt to a node, itself the last."""
        found: list[int] = []
        while node >= 0:
            found.append(node)
            node = self.parents[node]
        return found[::-1]

    def branch(self, node: int) -> list[int]:
        """Return a node and all that must follow it: up to a label's end, or a choice."""
        ends, found = set(self.leaves), [node]
        while found[-1] not in ends and len(self.children[found[-1]]) == 1:
            found.append(self.children[found[-1]][0])
        return found


def label_ids(tokenizer: Any, role: str, ending: str, label: str) -> tuple[int, ...]:
    """Return the tokens of a label as an answer.

    Args:
        tokenizer: the model's.
        role: that of the last message before the answer.
        ending: the last character of that message.
        label: what is answered.
    """
    # A plain prompt ends in a colon, and a blank comes before the label, as in the examples.
    lead, blank = (ending, " ") if role == "plain" else ("\n", "")
    before, whole, alone = (
        tokenizer(text, add_special_tokens=False)["input_ids"]
        for text in (lead, f"{lead}{blank}{label}", f"{blank}{label}")
    )
    parted = whole[: len(before)] == before  # else the two melt into one token
    return tuple(whole[len(before) :] if parted else alone)


def begin_with(tokenizer: Any, stop: Sequence[str]) -> frozenset[int]:
    """Return the tokens whose text begins with a stop text: each of them ends an answer."""
    begins = tuple(text for text in stop if text)
    if not begins:
        return frozenset()
    texts = tokenizer.batch_decode(
        [[token] for token in range(len(tokenizer))], clean_up_tokenization_spaces=False
    )
    return frozenset(token for token, text in enumerate(texts) if text.startswith(begins))


def scores_of(
    model: Any,
    ids: Sequence[int],
    past: Any,
    tree: LabelTree,
    ends: Collection[int],
    likely: Sequence[int] | None,
) -> tuple[dict[int, float], bool]:
    """Return scores by the label's place, and whether they are those of all labels.

    All are scored where there are few; else the best is looked for, beginning with those that are
    `likely`. None for `likely` scores all of any number. The others are as in `all_scores`.
    """
    if likely is None or len(tree.leaves) <= MOST_LABELS:
        return dict(enumerate(all_scores(model, ids, past, tree, ends))), True
    return best_scores(model, ids, past, tree, ends, likely), False


def all_scores(
    model: Any, ids: Sequence[int], past: Any, tree: LabelTree, ends: Collection[int]
) -> list[float]:
    """Return the log-probability of every label of a tree, in the tree's order.

    Args:
        model: a causal language model of transformers.
        ids: the prompt tokens that `past` does not hold yet; at least one.
        past: the KV cache to start from; it is changed.
        tree: the labels.
        ends: tokens that end an answer.
    """
    reading = _Reading(model, past, tree, ends)
    for start in range(0, len(tree.tokens), MOST_NODES):
        nodes = range(start, min(start + MOST_NODES, len(tree.tokens)))
        reading.read([] if start else ids, list(nodes))
    return [reading.score(leaf) for leaf in tree.leaves]


def best_scores(
    model: Any,
    ids: Sequence[int],
    past: Any,
    tree: LabelTree,
    ends: Collection[int],
    likely: Sequence[int] = (),
) -> dict[int, float]:
    """Return the log-probability of the best label, and of others that were met on the way.

    The arguments are those of `all_scores`, and `likely`: places of labels that are read together
    with the prompt. Where one of them turns out to be the best, that pass was the only one.

    Returns:
        The scores by the label's place in the tree's order; the highest is the highest of all.
    """
    reading = _Reading(model, past, tree, ends)
    labels = {leaf: place for place, leaf in enumerate(tree.leaves)}
    found: dict[int, float] = {}
    reached = {-1: 0.0}  # the log-probability of each node that was read
    first = dict.fromkeys(node for place in likely for node in tree.path(tree.leaves[place]))
    fresh, nodes = ids, list(first)
    while True:
        reading.read(fresh, nodes)
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
        fresh, nodes = [], []
        for score, node in beyond:
            if score >= beyond[0][0] - MARGIN:
                nodes += tree.branch(node)


class _Reading:
    """What a model has read of a tree behind one prompt."""

    def __init__(self, model: Any, past: Any, tree: LabelTree, ends: Collection[int]) -> None:
        self._model, self._past, self._tree, self._ends = model, past, tree, list(ends)
        self._prompt = past.get_seq_length()
        self._columns: dict[int, int] = {}  # where each node stands in the cache
        self.log_p: dict[int, float] = {}
        """Of each node's token after its parent, once the parent was read."""
        self.end: dict[int, float] = {}
        """Of the answer ending after each node that was read."""

    def score(self, leaf: int) -> float:
        """Return the log-probability of a label, from what was read."""
        return sum(self.log_p[node] for node in self._tree.path(leaf)) + self.end[leaf]

    def read(self, ids: Sequence[int], nodes: Sequence[int]) -> None:
        """Read the rest of the prompt, if any, and nodes whose ancestors stand before them."""
        import torch

        first = self._prompt + len(self._columns)
        for place, node in enumerate(nodes):
            self._columns[node] = first + len(ids) + place
        self._prompt += len(ids)
        paths = [self._tree.path(node) for node in nodes]
        places = list(range(first, first + len(ids)))
        places += [self._prompt + len(path) - 1 for path in paths]
        tokens = [*ids, *(self._tree.tokens[node] for node in nodes)]
        here = {"device": self._model.device}
        with torch.inference_mode():
            out = self._model(
                input_ids=torch.tensor([tokens], **here),
                attention_mask=self._mask(len(ids), paths),
                position_ids=torch.tensor([places], **here),
                past_key_values=self._past,
                use_cache=True,
                logits_to_keep=len(nodes) + bool(ids),
            )
            self._note([*([-1] if ids else []), *nodes], out.logits[0].float())

    def _mask(self, fresh: int, paths: Sequence[Sequence[int]]) -> Any:
        """Return what each new token sees, as numbers to add: 0, or the lowest there is."""
        import torch

        width = self._prompt + len(self._columns)
        sees = torch.zeros(fresh + len(paths), width, dtype=torch.bool)
        for row in range(fresh):
            sees[row, : self._prompt - fresh + row + 1] = True
        sees[fresh:, : self._prompt] = True
        for row, path in enumerate(paths, fresh):
            sees[row, [self._columns[node] for node in path]] = True
        dtype = self._model.dtype
        mask = torch.zeros(sees.shape, dtype=dtype).masked_fill(~sees, torch.finfo(dtype).min)
        return mask[None, None].to(self._model.device)

    def _note(self, nodes: Sequence[int], logits: Any) -> None:
        """Keep, of the logits after each node, what concerns the tree."""
        import torch

        whole = logits.logsumexp(dim=-1)
        ends = (logits[:, self._ends].logsumexp(dim=-1) - whole).tolist()
        for row, node in enumerate(nodes):
            self.end[node] = ends[row]
            children = self._tree.children.get(node, [])
            if children:
                tokens = torch.tensor([self._tree.tokens[child] for child in children])
                own = (logits[row, tokens.to(logits.device)] - whole[row]).tolist()
                self.log_p.update(zip(children, own, strict=True))
