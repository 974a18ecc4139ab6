"""One export: made in a folder beside its place, held against the run, then put in place.

What fails on the way, be it a full disk or the parity gate, leaves nothing behind.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from ladder.errors import InputError, ModelError, StorageError
from ladder.files import read_json, storage_errors, write_json, write_text
from ladder.models.places import Place, locate
from ladder.models.references import parse_reference
from ladder.models.runs import is_classifier, trained_setup
from training.export import parity, readme
from training.export.gguf_file import refuse_no_llama, write_gguf
from training.export.kept import copy_kept, kept_place
from training.export.merge import merged, refuse_unmergeable, save_merged
from training.export.serving import around, modelfile, vllm_command

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder
    from training.export.parity import Asked, Parity, Said

__all__ = ["FORMATS", "Exported", "Format", "export_run"]

Format = Literal["adapter", "merged", "gguf", "ollama", "vllm"]
FORMATS: tuple[Format, ...] = get_args(Format)
Tell = Callable[[int, int, str], None]
_BYTES = {"float32": 4, "bfloat16": 2}
_ROOM = 1.1
"""Times the weights that have to be free on the disk."""


@dataclass(frozen=True)
class Exported:
    """What was written."""

    folder: Path
    format: Format
    files: list[str]
    parity: list[Parity]
    command: str = ""
    """What a person types next, where there is such a command."""

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "folder": str(self.folder),
            "format": self.format,
            "files": self.files,
            "parity": [each.to_json() for each in self.parity],
            "command": self.command,
        }


@dataclass(frozen=True)
class _Run:
    """What is exported, and what it has to agree with."""

    reference: str
    place: Place
    asked: Asked
    said: list[Said]
    tell: Tell

    @property
    def name(self) -> str:
        """Return a name for files and servers."""
        return f"{self.asked.folder.task.name}-{self.reference.removeprefix('run:')}"

    def check(self, what: str, place: Place) -> Parity:
        """Hold a model against the run."""
        said = _ask(place, self.asked, self.tell, what)
        rounded = "Rounding to bfloat16 changed it: take --dtype float32."
        return parity.check(
            what, self.asked, self.said, said, rounded if "bfloat16" in what else ""
        )


def export_run(
    folder: TaskFolder,
    run_id: str,
    format: Format,
    out: Path,
    dtype: str = "float32",
    tell: Tell | None = None,
) -> Exported:
    """Write a run's model in a format, checked against the run on 50 validation examples.

    Args:
        folder: the task that it was trained on.
        run_id: the run.
        format: "adapter" is what the run left; "merged" a folder of transformers; "gguf" a file;
            "ollama" that with a Modelfile; "vllm" a merged folder with its command.
        out: a new or empty folder.
        dtype: of merged weights: "float32", or "bfloat16" in half the space.
        tell: told how far it is; to stop, let it raise.

    Raises:
        InputError: there is no such format or number format, or the folder is not empty.
        ModelError: the run cannot be had in this format, or what was written is not the model.
        StorageError: the disk has no room.
    """
    if format not in FORMATS:
        raise InputError(f'There is no format "{format}"; choose {" or ".join(FORMATS)}.')
    if dtype not in _BYTES:
        raise InputError(f'dtype is "{dtype}"; choose float32 or bfloat16.')
    _check_empty(out)
    say = tell or (lambda done, total, message: None)
    reference = f"run:{run_id}"
    place = locate(parse_reference(reference))
    if format != "adapter":
        refuse_unmergeable(place, reference, format)
    if format in ("gguf", "ollama"):
        refuse_no_llama(read_json(place.folder / "config.json"), reference)
    _check_room(place, out, format, dtype)
    asked = parity.ask(folder, trained_setup(reference))
    said = _ask(place, asked, say, "the run")
    run = _Run(reference, place, asked, said, say)
    with _aside(out) as scratch:
        checked, command = _FORMATS[format](run, scratch, dtype)
        card = folder.project.runs_folder / run_id / "card.md"
        if card.is_file():
            shutil.copyfile(card, scratch / "card.md")
        write_json(scratch / "parity.json", [each.to_json() for each in checked])
        write_text(scratch / "README.md", readme.text(run.name, format, asked, place, command))
    files = sorted(f.relative_to(out).as_posix() for f in out.rglob("*") if f.is_file())
    return Exported(out, format, files, checked, command)


def _adapter(run: _Run, scratch: Path, dtype: str) -> tuple[list[Parity], str]:
    copy_kept(run.place, scratch)
    return [run.check("the copy", kept_place(run.place, scratch))], ""


def _merged(run: _Run, scratch: Path, dtype: str) -> tuple[list[Parity], str]:
    save_merged(*merged(run.place), scratch, dtype)
    return [run.check(f"the merged model ({dtype})", Place(scratch, run.name))], ""


def _vllm(run: _Run, scratch: Path, dtype: str) -> tuple[list[Parity], str]:
    checked, _ = _merged(run, scratch / "model", dtype)
    context = int(read_json(scratch / "model" / "config.json")["max_position_embeddings"])
    return checked, vllm_command("./model", run.name, dtype, min(context, 8192))


def _gguf(run: _Run, scratch: Path, dtype: str) -> tuple[list[Parity], str]:
    from ladder.models.llama_cpp import LlamaCppGenerator
    from ladder.models.references import Reference

    model, tokenizer = merged(run.place)
    between, file = scratch / ".merged", scratch / f"{run.name}.gguf"
    save_merged(model, tokenizer, between, "float32")
    checked = [run.check("the merged model", Place(between, run.name))]
    shutil.rmtree(between)
    write_gguf(model, tokenizer, file, run.name)
    del model
    generator = LlamaCppGenerator(Reference("gguf", str(file)))
    said = parity.said_by(generator, run.asked, _saying(run.tell, "the GGUF file"))
    checked.append(parity.check("the GGUF file", run.asked, run.said, said))
    _check_tokens(generator, run.asked)
    return checked, f"ladder evaluate PROJECT --model gguf:{file.name}"


def _ollama(run: _Run, scratch: Path, dtype: str) -> tuple[list[Parity], str]:
    from training.base import load_tokenizer

    checked, _ = _gguf(run, scratch, dtype)
    tokenizer = load_tokenizer(run.place.folder)
    setup, task = run.asked.setup, run.asked.folder.task
    asked = around(setup, task, run.asked.folder.labels(), tokenizer)
    context = int(read_json(run.place.folder / "config.json")["max_position_embeddings"])
    written = modelfile(
        f"{run.name}.gguf", asked, setup, task, [tokenizer.eos_token], min(context, 8192)
    )
    write_text(scratch / "Modelfile", written)
    return checked, f"ollama create {run.name} -f Modelfile"


_FORMATS: dict[str, Callable[[_Run, Path, str], tuple[list[Parity], str]]] = {
    "adapter": _adapter,
    "merged": _merged,
    "gguf": _gguf,
    "ollama": _ollama,
    "vllm": _vllm,
}


def _ask(place: Place, asked: Asked, tell: Tell, what: str) -> list[Said]:
    """Return what the model in a place says to each item, in float32 whatever it is kept in.

    So that a difference is one of the weights, and not of how this machine adds.
    """
    weights = place.adapter or place.changed or place.folder
    if is_classifier(weights):
        from ladder.models.classifier import Classifier

        tell(0, len(asked.examples), what)
        return parity.ask_classifier(Classifier(place, "float32"), asked)
    from ladder.models.local import load_place
    from ladder.models.references import Reference

    generator = load_place(place, Reference("path", str(place.folder)), "float32")
    return parity.said_by(generator, asked, _saying(tell, what))


def _check_tokens(generator: Any, asked: Asked) -> None:
    """Check that llama.cpp cuts a text into the tokens that the model was trained on.

    Ollama and llama.cpp's own server get text where this program gives tokens.

    Raises:
        ModelError: it cuts one otherwise.
    """
    for example, messages in zip(asked.examples, asked.prompts, strict=True):
        if messages[0]["role"] != "plain":
            continue
        ids, text = generator.encode(messages), messages[0]["content"]
        counted = generator.count_tokens(text)
        if counted != len(ids):
            raise ModelError(
                f"llama.cpp cuts the prompt of {example.id} into {counted} tokens and transformers "
                f"into {len(ids)}, so Ollama would ask another question than was trained. Take "
                "--format merged instead, and report the model's name."
            )


def _saying(tell: Tell, what: str) -> Callable[[int, int], None]:
    return lambda done, total: tell(done, total, f"asking {what}")


@contextmanager
def _aside(out: Path) -> Iterator[Path]:
    """Give a folder beside the place to write in; put it in place if all went well."""
    scratch = out.parent / f".{out.name}.{secrets.token_hex(4)}"
    try:
        with storage_errors(out), _full_disks(out):
            scratch.mkdir(parents=True)
            yield scratch
            if out.is_dir():
                out.rmdir()  # empty: it was looked at before
            scratch.rename(out)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def _full_disks(out: Path) -> Iterator[None]:
    """Turn what safetensors says of a full disk into the usual sentence."""
    from safetensors import SafetensorError

    try:
        yield
    except SafetensorError as error:
        if "No space left" not in str(error):
            raise
        raise StorageError(
            f"Could not write {out}: the disk is full; free some space and try again. Nothing was "
            "lost."
        ) from error


def _check_empty(out: Path) -> None:
    if out.is_dir() and not any(out.iterdir()):
        return
    if out.exists() or out.is_symlink():
        raise InputError(
            f"{out} is not an empty folder, and nothing is overwritten; name a new one with "
            "--out FOLDER."
        )


def _check_room(place: Place, out: Path, format: Format, dtype: str) -> None:
    """Refuse what the disk has no room for, before anything is written.

    Raises:
        StorageError: it has none.
    """
    from training.export.kept import stored_parameters

    count = stored_parameters(place.folder)
    sizes = {"adapter": 0.0, "merged": _BYTES[dtype], "vllm": _BYTES[dtype], "gguf": 6, "ollama": 6}
    needed = int(_ROOM * count * sizes[format])
    there = next(parent for parent in (out, *out.absolute().parents) if parent.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise StorageError(
            f"The export takes {needed / 1e9:.1f} GB and {there} has {free / 1e9:.1f} GB free; "
            "free some space, or name a folder elsewhere with --out FOLDER."
        )
