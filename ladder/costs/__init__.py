"""What things cost: bands, price bases and token prices. Plain arithmetic, no torch."""

from __future__ import annotations

from ladder.costs.basis import Band, PriceBasis
from ladder.costs.figure import Figure
from ladder.costs.gpus import GPUS, Gpu, Machine, find_gpu, parse_gpus
from ladder.costs.method_price import FirstPrice, Line, PriceInputs, TokenRates
from ladder.costs.methods import first_price, least_raw_text
from ladder.costs.prices import TokenPrice, cost_per_1k, models_with_prices, token_price

__all__ = [
    "GPUS",
    "Band",
    "Figure",
    "FirstPrice",
    "Gpu",
    "Line",
    "Machine",
    "PriceBasis",
    "PriceInputs",
    "TokenPrice",
    "TokenRates",
    "cost_per_1k",
    "find_gpu",
    "first_price",
    "least_raw_text",
    "models_with_prices",
    "parse_gpus",
    "token_price",
]
