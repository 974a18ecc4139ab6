"""Labels as answers: a tree of their tokens, and the tokens that end them.

This file needs nothing else: exported prompts carry a copy of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["LabelTree", "begin_with", "label_ids"]


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
