"""What a call costs, and how many tokens it can take at the very most."""

from __future__ import annotations

import math

import msgspec

from daybrief.errors import ModelUnavailable
from daybrief.ports import ModelSettings

MILLION = 1_000_000
_FRAMING = 64  # tokens that roles and separators of a short conversation may add


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """US dollars for a million tokens."""

    usd_in: float
    usd_out: float

    def micro_usd(self, tokens_in: int, tokens_out: int) -> int:
        """Millionths of a dollar, rounded up."""
        return math.ceil(round(tokens_in * self.usd_in + tokens_out * self.usd_out, 6))


def price_of(settings: ModelSettings) -> Price:
    """The price as set, or from the table of genai-prices (a snapshot in the package; nothing is fetched).

    Without a price, only a run that counts tokens alone may go on; raises ModelUnavailable.
    """
    if settings.price_in is not None and settings.price_out is not None:
        return Price(usd_in=settings.price_in, usd_out=settings.price_out)
    if (known := _listed(settings)) is not None:
        return known
    if settings.budget_usd <= 0:
        return Price(usd_in=0.0, usd_out=0.0)
    raise ModelUnavailable(
        f"the price table has no model {settings.model!r}: budget_usd = {settings.budget_usd:g} cannot hold",
        hint="set `price_in` and `price_out` (0 for a server of your own), or `budget_usd = 0`",
    )


def _listed(settings: ModelSettings) -> Price | None:
    from genai_prices import Usage, calc_price

    thousand_in, thousand_out = Usage(input_tokens=1_000), Usage(output_tokens=1_000)
    where = (
        {"provider_api_url": settings.base_url} if settings.base_url else {"provider_id": settings.provider}
    )
    try:
        usd_in = calc_price(thousand_in, settings.model, **where).total_price
        usd_out = calc_price(thousand_out, settings.model, **where).total_price
    except LookupError:
        return None
    return Price(usd_in=float(usd_in) * 1_000, usd_out=float(usd_out) * 1_000)


def most_tokens(text: str) -> int:
    """An upper bound of the tokens of a text: no byte-level vocabulary needs more than one a byte."""
    return len(text.encode("utf-8", "replace")) + _FRAMING


def likely_tokens(text: str) -> int:
    """A usual count: four ASCII characters a token, others one each."""
    ascii_only = len(text.encode("ascii", "ignore"))
    return ascii_only // 4 + len(text) - ascii_only
