"""How likely each label is as the whole answer: of all labels at once, or of the best alone.

A label's score is the log-probability of its tokens and of the answer ending after them, so that
labels that begin alike can be compared. Labels share their beginnings in a tree. Its nodes stand
behind the prompt in one sequence, and each sees the prompt, its ancestors and itself (a tree mask,
as in SpecInfer, Miao et al. 2024, section 4.2), so that one pass of the model gives what one pass
a label would give.

Of many labels only the likely branches are read, eight at once, and never one that is no label
(generation constrained by a trie, De Cao et al. 2021, section 3.2). Other than a beam it drops no
branch for good: a branch can only become less likely as it goes on, so that the search is over
when no open branch is as likely as the best label, which is then the best of all.

This file needs torch alone: exported prompts carry a copy of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

__all__ = ["LabelTree", "all_scores", "best_scores"]

MOST_NODES = 256
"""Nodes read in one pass: the logits of all tokens are held for each of them."""
BRANCHES = 8
"""Branches of a large tree that are read at once."""


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
    model: Any, ids: Sequence[int], past: Any, tree: LabelTree, ends: Collection[int]
) -> dict[int, float]:
    """Return the log-probability of the best label, and of others that were met on the way.

    The arguments are those of `all_scores`.

    Returns:
        The scores by the label's place in the tree's order; the highest is the highest of all.
    """
    reading = _Reading(model, past, tree, ends)
    reading.read(ids, [])
    labels = {leaf: place for place, leaf in enumerate(tree.leaves)}
    found: dict[int, float] = {}
    open_ = [(reading.log_p[child], child) for child in tree.children[-1]]
    while open_:
        open_.sort(reverse=True)
        branches = [(score, tree.branch(node)) for score, node in open_[:BRANCHES]]
        open_ = open_[BRANCHES:]
        reading.read([], [node for _, branch in branches for node in branch])
        for score, branch in branches:
            score += sum(reading.log_p[node] for node in branch[1:])
            last = branch[-1]
            if last in labels:
                found[labels[last]] = score + reading.end[last]
            for child in tree.children.get(last, ()):
                open_.append((score + reading.log_p[child], child))
        best = max(found.values(), default=-float("inf"))
        open_ = [(score, node) for score, node in open_ if score > best]
    return found


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
