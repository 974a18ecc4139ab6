"""How fast an engine answers on GPUs: prefill and decode by the roofline, plus what steps cost.

A step reads every weight once and every key and value of the batch, or computes for as long as its
tokens need, whichever of weights and compute is longer; on top come a fixed time per layer
(launches, norms), one per sequence (scheduling, sampling), and, over several GPUs, two all-reduces
per layer. A query costs its prompt's compute and its share of one step per answer token.
"""

from __future__ import annotations

from dataclasses import dataclass

from ladder.costs.checks import not_negative, positive
from ladder.costs.gpus import Gpu
from ladder.costs.shapes import ModelShape
from ladder.errors import InputError

__all__ = ["ENGINES", "WEIGHTS", "Engine", "Query", "Server", "Speed"]

GIB = 2**30
WEIGHTS: dict[str, float] = {"bf16": 2, "fp8": 1, "int8": 1, "int4": 0.56}
"""Bytes per weight of a layer; embeddings stay in 16 bits. int8 and int4 store weights only:
the arithmetic stays in 16 bits. 0.56: 4 bits and a 16-bit scale per 32 weights, rounded."""


@dataclass(frozen=True)
class Engine:
    """A serving program: what it makes of the hardware."""

    name: str
    compute: float
    """Share of the peak FLOP/s in matrix products."""
    bandwidth: float
    """Share of the peak GB/s while weights, keys and values are read."""
    layer_s: float
    """Seconds per layer and step, whatever the batch."""
    sequence_s: float
    """Seconds per sequence and step."""
    max_batch: float
    """Sequences in flight at most: the engine's default."""
    spread: float
    """Factor between the likely speed and its 10th and 90th percentile."""
    source: str
    memory: float = 0.9
    """Share of the memory for weights, keys and values; the rest is for activations."""
    link: float = 0.7
    """Share of the peak of the link between GPUs in an all-reduce (our assumption)."""
    reduce_s: float = 35e-6
    """Seconds until an all-reduce starts (our assumption)."""


ENGINES: dict[str, Engine] = {
    "tensorrt-llm": Engine(
        "TensorRT-LLM", 0.567, 0.9, 88e-6, 4.2e-6, 2048, 1.1,
        "fitted to 27 published rows of TensorRT-LLM, 8B and 70B in FP8 on H100 and H200 "
        "(perf-overview of its documentation, as is 95 % of the memory); 90 % of the bandwidth is "
        "our assumption",
        memory=0.95,
    ),
    "vllm": Engine(
        "vLLM", 0.4, 0.6, 120e-6, 10e-6, 256, 1.6,
        "our assumption: 40 % of the compute, 60 % of the bandwidth, 256 sequences (its default)",
    ),
    "transformers": Engine(
        "Transformers, eager", 0.35, 0.35, 600e-6, 20e-6, 16, 2.0,
        "our assumption, near LitGPT's published 27 to 41 % of the bandwidth in eager mode",
    ),
}  # fmt: skip
"""Engines by name, the best published one first."""
_CALIBRATED = ({"h100", "h200"}, "fp8", 2)
_ELSEWHERE = 1.5
"""Factor of the band on other GPUs, weights or more GPUs than the fit has seen."""


@dataclass(frozen=True)
class Query:
    """What a query is made of, in tokens."""

    input: float
    """The whole prompt."""
    output: float
    cached: float = 0
    """Tokens at the prompt's start that all queries share and the engine keeps."""

    def __post_init__(self) -> None:
        positive("input", self.input)
        positive("output", self.output)
        not_negative("cached", self.cached)
        if self.cached > self.input:
            raise InputError(
                f"cached is {self.cached:g}, more than the {self.input:g} tokens of the prompt; "
                "count cached tokens as part of the prompt."
            )


@dataclass(frozen=True)
class Speed:
    """What a server reaches."""

    queries_per_s: float
    tokens_per_s: float
    """Answer tokens a second of all queries together."""
    batch: float
    """Queries in flight."""
    step_s: float
    """Seconds of a step: each query in flight gets a token."""
    prefill_s: float
    """Seconds of compute for one prompt."""


@dataclass(frozen=True)
class Server:
    """A model on some GPUs that share every layer (tensor parallel), run by an engine."""

    shape: ModelShape
    gpu: Gpu
    gpus: int = 1
    weights: str = "bf16"
    engine: Engine = ENGINES["tensorrt-llm"]

    def __post_init__(self) -> None:
        if self.weights not in WEIGHTS:
            raise InputError(f'Weights are "{self.weights}"; give one of {", ".join(WEIGHTS)}.')
        if self.weights == "fp8" and not self.gpu.tflops_fp8:
            raise InputError(f"The {self.gpu.name} has no FP8; give bf16, int8 or int4.")
        positive("gpus", self.gpus)

    @property
    def weight_bytes(self) -> float:
        """Return the bytes of all weights."""
        s = self.shape
        return s.block_params * WEIGHTS[self.weights] + 2 * s.embedding_params

    @property
    def kv_bytes(self) -> float:
        """Return the bytes of the keys and values of one token: 2 x layers x kv_dim x bytes."""
        return 2 * self.shape.layers * self.shape.kv_dim * (1 if self.weights == "fp8" else 2)

    @property
    def room_bytes(self) -> float:
        """Return the bytes that are left for keys and values; below 0 the weights do not fit."""
        return self.usable_bytes - self.weight_bytes

    @property
    def usable_bytes(self) -> float:
        """Return the bytes for weights, keys and values."""
        return self.engine.memory * self.gpus * self.gpu.memory_gb * GIB

    @property
    def flops(self) -> float:
        """Return the FLOP/s in matrix products."""
        peak = self.gpu.tflops_fp8 if self.weights == "fp8" else self.gpu.tflops
        return self.gpus * peak * 1e12 * self.engine.compute

    @property
    def bytes_per_s(self) -> float:
        """Return the bytes a second that are read from memory."""
        return self.gpus * self.gpu.bandwidth_gb_s * 1e9 * self.engine.bandwidth

    @property
    def spread(self) -> float:
        """Return the factor from the likely speed to the ends of its band."""
        gpus, weights, count = _CALIBRATED
        seen = self.gpu.id in gpus and self.weights == weights and self.gpus <= count
        return self.engine.spread if seen else max(self.engine.spread, _ELSEWHERE)

    def batch(self, query: Query) -> float:
        """Return how many queries fit at once; a shared prefix is kept once.

        Below 1 the model does not serve such a query on these GPUs.
        """
        own = query.input - query.cached + query.output
        room = self.room_bytes - query.cached * self.kv_bytes
        return min(self.engine.max_batch, room / (own * self.kv_bytes))

    def prefill(self, query: Query) -> float:
        """Return the seconds of compute for one prompt, its cached start left out."""
        s, new = self.shape, query.input - query.cached
        linear = 2 * self._active * new / self.flops
        pairs = query.input**2 - query.cached**2
        attention = 2 * s.layers * s.hidden * pairs
        sixteen = self.gpus * self.gpu.tflops * 1e12 * self.engine.compute
        return linear + attention / sixteen + new * self._reduce_per_token

    def step(self, query: Query, batch: float) -> float:
        """Return the seconds of a decode step of `batch` queries that are half answered."""
        s, e = self.shape, self.engine
        read = s.block_params * WEIGHTS[self.weights] + 2 * s.vocab * s.hidden
        linear = max(read / self.bytes_per_s, 2 * self._active * batch / self.flops)
        context = batch * (query.input + query.output / 2) * self.kv_bytes / self.bytes_per_s
        waits = 2 * s.layers * e.reduce_s if self.gpus > 1 else 0
        each = batch * (e.sequence_s + self._reduce_per_token)
        return linear + context + s.layers * e.layer_s + each + waits

    def speed(self, query: Query, batch: float | None = None) -> Speed:
        """Return what the server reaches with as many queries in flight as fit, or `batch`.

        Raises:
            InputError: not one such query fits.
        """
        fits = self.batch(query)
        if fits < 1:
            raise InputError(self._too_small(query))
        batch = fits if batch is None else min(batch, fits)
        prefill, step = self.prefill(query), self.step(query, batch)
        queries = 1 / (prefill + query.output * step / batch)
        return Speed(queries, queries * query.output, batch, step, prefill)

    @property
    def _active(self) -> float:
        """Return the parameters in matrix products: the layers and the output head."""
        return self.shape.block_params + self.shape.vocab * self.shape.hidden

    @property
    def _reduce_per_token(self) -> float:
        """Return the seconds per token of two ring all-reduces of 16-bit numbers per layer."""
        share = 2 * (self.gpus - 1) / self.gpus
        moved = 2 * self.shape.layers * self.shape.hidden * 2 * share
        return moved / (self.gpu.link_gb_s / 2 * 1e9 * self.engine.link)

    def _too_small(self, query: Query) -> str:
        needed = self.weight_bytes + (query.input + query.output) * self.kv_bytes
        return (
            f"{self.gpus} x {self.gpu.name} have {self.usable_bytes / GIB:.0f} "
            f"GiB to use; {self.shape.params:.3g} parameters in {self.weights} and one query of "
            f"{query.input + query.output:,.0f} tokens need {needed / GIB:.1f} GiB. "
            "Take more GPUs, smaller weights (int4) or a smaller model."
        )
