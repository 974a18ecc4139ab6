"""Fakes for tests: quick, deterministic, in memory; no reference reaches them.

with use_fakes(reply=lambda messages: "refund"):
...  # every generator and embedder loaded in this process is a fake
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field

from ladder.answering import Message
from ladder.errors import ModelError
from ladder.fence import outside
from ladder.models.generation import Cancelled, Completion, Generator, LabelScores
from ladder.models.stand_ins import ANY, standing_in
from ladder.project.task import fold_label

__all__ = [
    "HashEmbedder",
    "ObedientGenerator",
    "ScriptedChatModel",
    "ScriptedGenerator",
    "tiny_adapter",
    "tiny_llama",
    "use_fakes",
]

Reply = str | Sequence[str] | Callable[[Sequence[Message]], str]

_TEMPLATE = (
    "{% if messages[0]['role'] != 'system' %}<|im_start|>system\nYou are a default.<|im_end|>\n"
    "{% endif %}{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


class HashEmbedder(Embeddings):
    """Unit vectors from hashed words and character triples: like texts get like vectors."""

    def __init__(self, dimensions: int = 64, max_tokens: int = 256) -> None:
        self.dimensions = dimensions
        self.max_tokens = max_tokens
        self.fingerprint = f"hash-{dimensions}"

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Return the span of each word and each sign: they are the tokens here."""
        return [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one unit vector per text."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Return the unit vector of a text."""
        text = f" {text.casefold()} "
        vector = [0.0] * self.dimensions
        for piece in text.split() + [text[i : i + 3] for i in range(len(text) - 2)]:
            vector[zlib.crc32(piece.encode()) % self.dimensions] += 1.0
        norm = sum(value * value for value in vector) ** 0.5
        return [value / norm for value in vector] if norm else vector


class ScriptedChatModel(BaseChatModel):
    """A LangChain chat model that gives its replies in turn and remembers what it was asked."""

    replies: list[str]
    asked: list[list[BaseMessage]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _next(self, messages: list[BaseMessage]) -> str:
        reply = self.replies[len(self.asked) % len(self.replies)]
        self.asked.append(list(messages))
        return reply

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        message = AIMessage(content=self._next(messages))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for word in self._next(messages).split(" "):
            yield ChatGenerationChunk(message=AIMessageChunk(content=f"{word} "))


class ScriptedGenerator:
    """A generator that says what it is told to; one token is one byte.

    Args:
        reply: A text, texts given in turn, or a function of the messages; "!SENTENCE" is
            raised as a ModelError.
    """

    def __init__(self, reply: Reply = "ok", reference: str = "scripted") -> None:
        self.reference = reference
        self.title = "scripted generator"
        self.context: int | None = 8192
        self.dtype = "float32"
        self.dtype_reason = "a scripted generator computes nothing"
        self.asked: list[list[Message]] = []
        self.schemas: list[Mapping[str, Any] | None] = []
        self._reply = reply

    def encode(self, messages: Sequence[Message]) -> list[int]:
        """Return the bytes of the messages."""
        return list("\n".join(message["content"] for message in messages).encode())

    def complete(
        self,
        messages: Sequence[Message],
        *,
        max_new_tokens: int,
        stop: Sequence[str] = (),
        shared_prefix: int = 0,
        cancelled: Cancelled | None = None,
        schema: Mapping[str, Any] | None = None,
    ) -> Completion:
        """Return the next reply, cut at a stop text or the longest length; it heeds no schema."""
        self.schemas.append(schema)
        text = self._next(messages)
        if text.startswith("!"):
            raise ModelError(text[1:])
        for end in stop:
            text = text.split(end, 1)[0]
        ids = tuple(text.encode()[:max_new_tokens])
        return Completion(
            text=bytes(ids).decode(errors="ignore"),
            token_ids=ids,
            prompt_tokens=len(self.encode(messages)),
            cached_tokens=0,
            completion_tokens=len(ids),
            seconds=0.001,
            finish="length" if len(ids) == max_new_tokens else "stop",
        )

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_new_tokens: int,
        stop: Sequence[str] = (),
        shared_prefix: int = 0,
        cancelled: Cancelled | None = None,
        schema: Mapping[str, Any] | None = None,
    ) -> Iterator[str]:
        """Yield the next reply character by character."""
        done = self.complete(messages, max_new_tokens=max_new_tokens, stop=stop, schema=schema)
        yield from done.text

    def score_labels(
        self,
        messages: Sequence[Message],
        labels: Sequence[str],
        *,
        stop: Sequence[str] = (),
        shared_prefix: int = 0,
        exact: bool = False,
        likely: Sequence[str] = (),
    ) -> LabelScores:
        """Find the label likely that the next reply names, and the others alike unlikely."""
        text = self._next(messages)
        if text.startswith("!"):
            raise ModelError(text[1:])
        named = fold_label(text.split("\n", 1)[0])
        return LabelScores(
            logprobs={each: -0.1 if fold_label(each) == named else -5.0 for each in labels},
            exact=True,
            prompt_tokens=len(self.encode(messages)),
            cached_tokens=0,
            label_tokens={each: len(each.encode()) + 1 for each in labels},
            seconds=0.001,
        )

    def score_labels_together(
        self,
        prompts: Sequence[Sequence[Message]],
        labels: Sequence[str],
        *,
        stop: Sequence[str] = (),
        shared_prefix: int = 0,
        exact: bool = False,
        likely: Sequence[Sequence[str]] = (),
    ) -> list[LabelScores]:
        """Score the labels after one prompt after the other."""
        return [self.score_labels(prompt, labels) for prompt in prompts]

    def _next(self, messages: Sequence[Message]) -> str:
        self.asked.append([dict(message) for message in messages])
        if isinstance(self._reply, str):
            return self._reply
        if callable(self._reply):
            return self._reply(messages)
        return self._reply[(len(self.asked) - 1) % len(self._reply)]


class ObedientGenerator(ScriptedGenerator):
    """A generator that follows every instruction it is given, but none that is only quoted to it.

    Args:
        instructions: Texts that it takes for instructions, wherever they stand.
        reply: What it says where it was given none.
    """

    def __init__(self, instructions: Sequence[str], reply: str = "ok") -> None:
        super().__init__(self._obey, "obedient")
        self._instructions, self._otherwise = tuple(instructions), reply

    def _obey(self, messages: Sequence[Message]) -> str:
        told = outside("\n".join(message["content"] for message in messages))
        followed = [each for each in self._instructions if each in told]
        return f"OBEYED: {followed[0]}" if followed else self._otherwise


@contextmanager
def use_fakes(
    reply: Reply = "ok",
    generators: Mapping[str, Generator] | None = None,
    embedders: Mapping[str, Embeddings] | None = None,
) -> Iterator[ScriptedGenerator]:
    """Let fakes stand in for every model in this process, and yield the default generator."""
    scripted = ScriptedGenerator(reply)
    with standing_in(
        {ANY: scripted, **(generators or {})}, {ANY: HashEmbedder(), **(embedders or {})}
    ):
        yield scripted


def tiny_llama(
    folder: Path,
    seed: int = 0,
    context: int = 1024,
    hidden: int = 32,
    spread: float = 0.4,
    merges: Sequence[tuple[str, str]] = (),
) -> Path:
    """Save a random two-layer Llama with a byte tokenizer and a chat template in `folder`.

    Weights of a wide `spread` make answers that differ; those of an untrained model have 0.02.
    Pairs of letters in `merges` are one token each; a GGUF file has to have some.
    """
    from ladder.models.quiet import quiet

    with quiet():
        import torch
        from transformers import LlamaConfig, LlamaForCausalLM

        tokenizer = _byte_tokenizer(merges)
        config = LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=hidden,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=context,
            tie_word_embeddings=True,
            initializer_range=spread,
            bos_token_id=tokenizer.convert_tokens_to_ids("<|im_start|>"),
            eos_token_id=tokenizer.convert_tokens_to_ids("<|im_end|>"),
            pad_token_id=tokenizer.convert_tokens_to_ids("<|endoftext|>"),
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = LlamaForCausalLM(config)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return folder


def tiny_adapter(base: Path, folder: Path, seed: int = 0) -> Path:
    """Save a random LoRA adapter of the model in `base` in `folder`; it changes answers."""
    from ladder.models.quiet import quiet

    with quiet():
        import torch
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForCausalLM

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = AutoModelForCausalLM.from_pretrained(base)
            config = LoraConfig(
                r=4,
                lora_alpha=16,
                target_modules="all-linear",
                init_lora_weights=False,
                task_type="CAUSAL_LM",
            )
            get_peft_model(model, config).save_pretrained(str(folder))
    return folder


def _byte_tokenizer(merges: Sequence[tuple[str, str]]) -> Any:
    """Return a tokenizer of one token per byte, some pairs, and three special ones."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    pairs = ["".join(pair) for pair in merges]
    vocabulary = {letter: number for number, letter in enumerate(special + letters + pairs)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=list(merges)))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    make: Any = PreTrainedTokenizerFast
    return make(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        bos_token="<|im_start|>",
        pad_token="<|endoftext|>",
        chat_template=_TEMPLATE,
    )
