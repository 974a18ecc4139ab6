"""A Llama-type model as a GGUF file in F16, as llama.cpp and what is built on it read it.

What the tensors are called is the `gguf` package's table; that queries and keys are permuted,
because llama.cpp turns pairs of neighbours where transformers turns halves, is its converter's.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from ladder.errors import ModelError

__all__ = ["refuse_no_llama", "write_gguf"]

_INSTEAD = (
    "Take --format merged, and convert that with llama.cpp's convert_hf_to_gguf.py, which knows "
    "more families."
)
_SPLITS = {
    "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}": "llama-bpe",
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}": "llama-bpe",
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|": "qwen2",
}
"""How a pre-tokenizer's pattern begins, and what llama.cpp calls it."""
_NORMAL, _CONTROL, _USER_DEFINED, _UNUSED = 1, 3, 4, 5
_F16 = 1


def refuse_no_llama(config: dict[str, Any], reference: str) -> None:
    """Refuse a model that is not built as a Llama is.

    Args:
        config: its config.json.
        reference: what it is called in the message.

    Raises:
        ModelError: it is of another family, or has parts that this writer does not know.
    """
    family = config.get("model_type")
    if family != "llama":
        raise ModelError(
            f"{reference} is of the family {family}, and GGUF is written for Llama-type models "
            f"(such as SmolLM2, Llama 2 and 3, TinyLlama). {_INSTEAD}"
        )
    rope = (config.get("rope_parameters") or config.get("rope_scaling") or {}).get("rope_type")
    if rope not in (None, "default", "llama3"):
        raise ModelError(
            f"{reference} stretches its positions by {rope!r}, which is not known here. {_INSTEAD}"
        )


def write_gguf(model: Any, tokenizer: Any, file: Path, title: str) -> None:
    """Write a model with its tokenizer and chat template.

    Args:
        model: a Llama of transformers, in float32.
        tokenizer: its own, a fast one of byte-level BPE.
        file: what to write; its folder is there.
        title: the model's name in the file.

    Raises:
        ModelError: the tokenizer is of a kind that is not known here.
    """
    from gguf import MODEL_ARCH, GGUFWriter, get_tensor_name_map

    writer: Any = GGUFWriter(file, "llama")
    try:
        _settings(writer, model.config, title)
        _vocabulary(writer, tokenizer, model.config.vocab_size)
        names = get_tensor_name_map(MODEL_ARCH.LLAMA, model.config.num_hidden_layers)
        _tensors(writer, model, names)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def _settings(writer: Any, config: Any, title: str) -> None:
    heads, rope = config.num_attention_heads, config.rope_parameters
    width = getattr(config, "head_dim", None) or config.hidden_size // heads
    writer.add_name(title)
    writer.add_file_type(_F16)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(width)
    writer.add_value_length(width)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_rope_dimension_count(width)
    writer.add_vocab_size(config.vocab_size)
    if rope.get("rope_type") == "llama3":
        import numpy as np

        factors = np.array(_llama3(rope, width), dtype=np.float32)
        writer.add_tensor("rope_freqs.weight", factors)


def _llama3(rope: dict[str, Any], width: int) -> list[float]:
    """Return by what each frequency is divided (Llama 3.1's stretching of long waves)."""
    factors = []
    low, high = rope["low_freq_factor"], rope["high_freq_factor"]
    old, factor = rope["original_max_position_embeddings"], rope["factor"]
    for place in range(0, width, 2):
        wave = 2 * math.pi * rope["rope_theta"] ** (place / width)
        if wave < old / high:
            factors.append(1.0)
        elif wave > old / low:
            factors.append(float(factor))
        else:
            smooth = (old / wave - low) / (high - low)
            factors.append(1 / ((1 - smooth) / factor + smooth))
    return factors


def _vocabulary(writer: Any, tokenizer: Any, size: int) -> None:
    """Write tokens, merges and special tokens; words that the weights have beyond are unused."""
    data = json.loads(tokenizer.backend_tokenizer.to_str())
    added = {each["id"]: each for each in data["added_tokens"]}
    words = {place: word for word, place in tokenizer.get_vocab().items()}
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(_pre(data, str(tokenizer.name_or_path)))
    writer.add_token_list([words.get(place, f"[unused{place}]") for place in range(size)])
    writer.add_token_types([_kind(place, words, added) for place in range(size)])
    merges = [each if isinstance(each, str) else " ".join(each) for each in data["model"]["merges"]]
    writer.add_token_merges(merges)
    for name, place in (
        ("bos", tokenizer.bos_token_id), ("eos", tokenizer.eos_token_id),
        ("unk", tokenizer.unk_token_id), ("pad", tokenizer.pad_token_id),
    ):  # fmt: skip
        if place is not None:
            getattr(writer, f"add_{name}_token_id")(place)
    begun = tokenizer("a", verbose=False)["input_ids"]
    writer.add_add_bos_token(begun[0] == tokenizer.bos_token_id)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    if tokenizer.chat_template:
        writer.add_chat_template(tokenizer.chat_template)


def _kind(place: int, words: dict[int, str], added: dict[int, dict[str, Any]]) -> int:
    if place not in words:
        return _UNUSED
    if place not in added:
        return _NORMAL
    return _CONTROL if added[place]["special"] else _USER_DEFINED


def _pre(data: dict[str, Any], name: str) -> str:
    """Return what llama.cpp calls the way in which text is cut before BPE.

    Raises:
        ModelError: it is no byte-level BPE, or cuts in a way that is not known here.
    """
    model, before = data["model"], data["pre_tokenizer"] or {}
    steps = before.get("pretokenizers", [before])
    kinds = [step.get("type") for step in steps]
    if model["type"] == "BPE" and not model.get("byte_fallback") and kinds[-1:] == ["ByteLevel"]:
        if kinds == ["ByteLevel"] and steps[0].get("use_regex", True):
            return "gpt-2"
        if kinds == ["Digits", "ByteLevel"] and steps[0]["individual_digits"]:
            return "smollm"
        if kinds == ["Split", "ByteLevel"]:
            pattern = steps[0]["pattern"].get("Regex", "")
            for begins, known in _SPLITS.items():
                if pattern.startswith(begins):
                    return known
    raise ModelError(
        f"The tokenizer of {name} cuts text in a way that is not known here ({model['type']} after "
        f"{', '.join(map(str, kinds))}), and a wrong one would change every prompt. {_INSTEAD}"
    )


def _tensors(writer: Any, model: Any, names: Any) -> None:
    import numpy as np

    config = model.config
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        values = tensor.detach().cpu().float().numpy()
        if (part := name.split(".")[-2]) in heads:
            values = _permuted(values, heads[part])
        known = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if known is None:
            raise ModelError(f"The model's part {name} has no place in GGUF. {_INSTEAD}")
        writer.add_tensor(known, values.astype(np.float32 if values.ndim == 1 else np.float16))


def _permuted(values: Any, heads: int) -> Any:
    """Return rows so that the two halves of each head become pairs of neighbours."""
    rest = values.shape[1:]
    halves = values.reshape(heads, 2, values.shape[0] // heads // 2, *rest)
    return halves.swapaxes(1, 2).reshape(values.shape)
