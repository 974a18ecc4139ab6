"""Load the model libraries without their progress bars, advice and warnings."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["quiet"]


@contextmanager
def quiet() -> Iterator[None]:
    """Silence transformers, sentence-transformers and huggingface_hub in the block.

    What goes wrong still raises; only what a person cannot act on is kept off the screen.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from huggingface_hub.utils.tqdm import disable_progress_bars
        from transformers.utils import logging as transformers_logging

        disable_progress_bars()
        untyped: Any = transformers_logging
        untyped.set_verbosity_error()
        untyped.disable_progress_bar()
        logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
        yield
