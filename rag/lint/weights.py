"""What was fitted: one file of arrays, no pickle.

`grams` are the words and pairs of words that `rag.lint.wording` knows (UTF-8, one a line), `worth`
what each is worth, `bias` what a sentence without any is; the arrays whose names begin with
`read_` are the convolution of `rag.lint.reading`. `python -m rag.lint.fit` writes it.
"""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from ladder.errors import ModelError
from ladder.files import write_bytes

if TYPE_CHECKING:
    import numpy

__all__ = ["FILE", "Weights", "load", "save"]

FILE = Path(__file__).with_name("weights.npz")
READ = "read_"

Weights = dict[str, "numpy.ndarray[Any, Any]"]


def load() -> Weights:
    """Return the arrays.

    Raises:
        ModelError: the file is missing or damaged.
    """
    import numpy

    try:
        with numpy.load(io.BytesIO(FILE.read_bytes()), allow_pickle=False) as held:
            found = {name: held[name] for name in held.files}
        if missing := {"grams", "worth", "bias"} - found.keys():
            raise KeyError(*missing)
        return found
    except (OSError, EOFError, ValueError, KeyError, BadZipFile, zlib.error) as error:
        raise ModelError(
            f"{FILE} cannot be read, so passages cannot be searched for instructions to a model; "
            "install the program again."
        ) from error


def save(worth: dict[str, float], bias: float, read: dict[str, Any]) -> None:
    """Write the worth of grams and the arrays of the convolution."""
    import numpy

    known = sorted(worth)
    arrays = {READ + name: each.astype(numpy.float16) for name, each in read.items()}
    arrays["grams"] = numpy.frombuffer("\n".join(known).encode(), dtype=numpy.uint8)
    arrays["worth"] = numpy.array([worth[gram] for gram in known], dtype=numpy.float16)
    arrays["bias"] = numpy.array(bias, dtype=numpy.float32)
    held = io.BytesIO()
    numpy.savez_compressed(held, **arrays)
    write_bytes(FILE, held.getvalue())
