"""The cap of a run: the worst case of every call is set aside before it is made."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import msgspec

from daybrief.adapters.llm.book import Book, Spent
from daybrief.adapters.llm.failures import Cure, Failure
from daybrief.adapters.llm.prices import MILLION, Price
from daybrief.errors import BudgetSpent
from daybrief.model import Usage
from daybrief.ports import ModelSettings


class Bill(msgspec.Struct, kw_only=True):
    """What one call turns out to cost; stays at its worst case until `settled`."""

    usage: Usage
    settled: bool = False

    def pay(self, tokens_in: int, tokens_out: int, price: Price) -> None:
        """The service has said what it used; nothing said leaves the worst case."""
        if tokens_in or tokens_out:
            usd = price.micro_usd(tokens_in, tokens_out) / MILLION
            self.usage = Usage(calls=1, tokens_in=tokens_in, tokens_out=tokens_out, cost_usd=usd)
        self.settled = True

    def waive(self) -> None:
        """The service refused, and bills nothing."""
        self.usage = Usage(calls=1)
        self.settled = True


class Purse:
    """One run's account under its cap."""

    def __init__(self, book: Book, account: int, settings: ModelSettings, price: Price) -> None:
        self._book = book
        self._account = account
        self._price = price
        self._settings = settings
        self._cap = Spent(tokens=settings.budget_tokens, micro_usd=round(settings.budget_usd * MILLION))
        self._under_way = 0
        self._settled = anyio.Condition()

    @asynccontextmanager
    async def reserved(self, tokens_in: int, tokens_out: int) -> AsyncIterator[Bill]:
        """Set aside at most so many tokens for the block; waits while calls under way may give some back.

        Raises Failure with BudgetSpent when not even that would be enough.
        """
        usd = self._price.micro_usd(tokens_in, tokens_out)
        reservation = await self._reserve(Spent(tokens=tokens_in + tokens_out, micro_usd=usd))
        bill = Bill(usage=Usage(calls=1, tokens_in=tokens_in, tokens_out=tokens_out, cost_usd=usd / MILLION))
        try:
            yield bill
        finally:
            self._under_way -= 1
            if bill.settled:
                used = bill.usage
                micro = round(used.cost_usd * MILLION)
                spent = Spent(tokens=used.tokens_in + used.tokens_out, micro_usd=micro)
                self._book.settle(reservation, spent)
            with anyio.CancelScope(shield=True):
                async with self._settled:
                    self._settled.notify_all()

    async def _reserve(self, worst: Spent) -> int:
        async with self._settled:
            while True:
                reservation = self._book.reserve(self._account, worst, self._cap)
                if reservation is not None:
                    self._under_way += 1
                    return reservation
                if not self._under_way:
                    raise Failure(Cure.SKIP, self._spent())
                await self._settled.wait()

    def _spent(self) -> BudgetSpent:
        so_far = self._book.spent(self._account)
        return BudgetSpent(
            f"the run's cap is reached: {so_far.tokens} of {self._cap.tokens} tokens, "
            f"{so_far.micro_usd / MILLION:.4f} of {self._settings.budget_usd:g} US dollars",
            hint="raise `budget_tokens` or `budget_usd`",
        )
