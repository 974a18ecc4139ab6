"""Search by words: BM25 over all passages of an index, made once per generation.

Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", in the form
that Lucene computes (k1 1.5, b 0.75), scored ahead of the questions by bm25s (Lu 2024). Words are
stemmed, and stop words left out, in the language of each text. What is kept on disk are arrays
and JSON, no pickle; the tokens are kept too, so that a new generation cuts only new texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.errors import ProjectError
from ladder.files import file_hash, read_json, storage_errors, write_json
from rag.search.language import LANGUAGES, check_language, languages_of, words_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["ARRAYS", "WORDS", "Bm25"]

ARRAYS = "bm25.npz"
WORDS = "bm25.json"
_FORMAT = 1
_K1, _B = 1.5, 0.75
_DAMAGED = (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, EOFError)
_NAMES = {"data", "indices", "indptr", "tokens", "lengths", "keys"}


class Bm25:
    """The words of texts, and how much each says for each text; rows are numbered as given."""

    def __init__(
        self,
        vocabulary: dict[str, int],
        languages: tuple[str, ...],
        arrays: dict[str, NDArray[Any]],
        texts: str,
    ) -> None:
        self._vocabulary, self._arrays, self._texts = vocabulary, arrays, texts
        self.languages = languages
        """The languages of the texts; the commonest first. A question is stemmed in each."""

    def __len__(self) -> int:
        return len(self._arrays["lengths"])

    @property
    def nbytes(self) -> int:
        """Return how much memory the arrays take, in bytes."""
        return sum(int(array.nbytes) for array in self._arrays.values())

    @classmethod
    def build(
        cls, texts: Sequence[str], language: str = "auto", before: Bm25 | None = None
    ) -> Bm25:
        """Return the index of texts.

        Args:
            texts: one a row.
            language: a code of `LANGUAGES`; "auto" tells it from each text.
            before: an older index; the words of texts that it has are taken from it.

        Raises:
            InputError: the language is unknown.
        """
        import numpy as np

        check_language(language)
        each = languages_of(texts) if language == "auto" else [language] * len(texts)
        known = before._kept() if before else {}
        old = list(before._vocabulary) if before else []
        vocabulary: dict[str, int] = {}
        keys = [_key(text, code) for text, code in zip(texts, each, strict=True)]
        rows: list[list[int]] = []
        for text, code, key in zip(texts, each, keys, strict=True):
            kept = known.get(key)
            words = words_of(text, code) if kept is None else [old[number] for number in kept]
            rows.append([vocabulary.setdefault(word, len(vocabulary)) for word in words])
        arrays = _scored(rows, vocabulary)
        arrays["tokens"] = np.asarray([n for row in rows for n in row], dtype=np.int32)
        arrays["lengths"] = np.asarray([len(row) for row in rows], dtype=np.int32)
        arrays["keys"] = np.asarray(keys, dtype=np.uint64)
        counted = sorted(set(each), key=lambda code: (-each.count(code), code))
        return cls(vocabulary, tuple(counted), arrays, _hashed(texts, language))

    def covers(self, texts: Sequence[str], language: str = "auto") -> bool:
        """Return whether it was made of exactly these texts, in this order, in this language."""
        return self._texts == _hashed(texts, language)

    def scores(self, query: str) -> NDArray[np.float32]:
        """Return the score of every row; 0 where a row has none of the question's words."""
        import numpy as np

        data, rows, begins = (self._arrays[name] for name in ("data", "indices", "indptr"))
        scores = np.zeros(len(self), dtype=np.float32)
        for number in sorted(self._vocabulary[word] for word in self.words(query)):
            part = slice(begins[number], begins[number + 1])
            scores[rows[part]] += data[part]  # a row is in it once
        return scores

    def words(self, query: str) -> set[str]:
        """Return the words of a question that any text has, as they are searched by."""
        found = {word for code in self.languages for word in words_of(query, code)}
        return {word for word in found if word in self._vocabulary}

    def save(self, folder: Path) -> None:
        """Write the index into a folder, as the files `ARRAYS` and `WORDS`.

        Raises:
            StorageError: they cannot be written.
        """
        import numpy as np

        with storage_errors(folder):
            with (folder / ARRAYS).open("wb") as file:
                np.savez(file, allow_pickle=False, **self._arrays)
            words = {
                "format": _FORMAT,
                "arrays": file_hash(folder / ARRAYS),
                "texts": self._texts,
                "languages": list(self.languages),
                "vocabulary": list(self._vocabulary),
            }
            write_json(folder / WORDS, words)

    @classmethod
    def load(cls, folder: Path) -> Bm25:
        """Read what `save` wrote.

        Raises:
            ProjectError: it is not there, damaged, or of another version of this program.
        """
        import zipfile

        import numpy as np

        try:
            about = read_json(folder / WORDS)
            if file_hash(folder / ARRAYS) != about["arrays"]:
                raise ValueError("other bytes than were written")
            with (folder / ARRAYS).open("rb") as file:
                kept = np.load(file, allow_pickle=False)
                arrays = {name: kept[name] for name in kept.files}
            if about["format"] != _FORMAT or not _agree(about, arrays):
                raise ValueError("parts that do not belong together")
        except (*_DAMAGED, zipfile.BadZipFile) as error:
            raise ProjectError(
                f"The words of the documents in {folder} cannot be read ({error}); index the "
                "documents again."
            ) from error
        vocabulary = {word: number for number, word in enumerate(about["vocabulary"])}
        return cls(vocabulary, tuple(about["languages"]), arrays, about["texts"])

    def _kept(self) -> dict[int, list[int]]:
        """Return the numbers of each text's words by the text's key."""
        import numpy as np

        ends = np.cumsum(self._arrays["lengths"])
        parts = np.split(self._arrays["tokens"], ends[:-1])
        keys = self._arrays["keys"].tolist()
        return {key: part.tolist() for key, part in zip(keys, parts, strict=False)}


def _key(text: str, language: str) -> int:
    """Return what a text's words are found again by."""
    digest = blake2b(f"{language}\n{text}".encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest(), "little")


def _hashed(texts: Sequence[str], language: str) -> str:
    """Return a hash of all texts and the language that was asked for."""
    digest = blake2b(language.encode(), digest_size=16)
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


def _scored(rows: list[list[int]], vocabulary: dict[str, int]) -> dict[str, NDArray[Any]]:
    """Return the score of each word in each text, as bm25s computes it."""
    import bm25s
    import numpy as np

    if not vocabulary:
        return {"data": np.zeros(0, np.float32), "indices": np.zeros(0, np.int32),
                "indptr": np.zeros(1, np.int64)}  # fmt: skip
    made: Any = bm25s.BM25(k1=_K1, b=_B, method="lucene", backend="numpy")
    made.index((rows, dict(vocabulary)), create_empty_token=False, show_progress=False)
    return {name: np.asarray(made.scores[name]) for name in ("data", "indices", "indptr")}


def _agree(about: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> bool:
    """Return whether the parts of a saved index fit together, so that no row is out of range."""
    if set(arrays) != _NAMES or any(each.ndim != 1 for each in arrays.values()):
        return False
    if any(each.dtype.kind not in ("f" if name == "data" else "iu")
           for name, each in arrays.items()):  # fmt: skip
        return False
    words, count = about["vocabulary"], len(arrays["lengths"])
    pointers, indices, tokens = arrays["indptr"], arrays["indices"], arrays["tokens"]
    return (
        isinstance(words, list)
        and isinstance(about["texts"], str)
        and len(set(words)) == len(words) == len(pointers) - 1
        and all(isinstance(code, str) and code in ("", *LANGUAGES) for code in about["languages"])
        and len(arrays["keys"]) == count
        and int(arrays["lengths"].sum()) == len(tokens)
        and len(indices) == len(arrays["data"]) == int(pointers[-1])
        and bool((pointers[1:] >= pointers[:-1]).all())
        and int(pointers[0]) == 0
        and (not len(indices) or 0 <= int(indices.min()) <= int(indices.max()) < count)
        and (not len(tokens) or 0 <= int(tokens.min()) <= int(tokens.max()) < len(words))
    )
