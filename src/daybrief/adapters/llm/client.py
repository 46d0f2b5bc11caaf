"""One model, asked many things side by side: `ports.Llm`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING, Any

import anyio
import msgspec
from anyio.from_thread import BlockingPortal
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from daybrief.adapters.llm.book import Book
from daybrief.adapters.llm.failures import Cure, Failure
from daybrief.adapters.llm.lull import Lull
from daybrief.adapters.llm.pace import Pace
from daybrief.adapters.llm.preflight import needed_key, preflight
from daybrief.adapters.llm.prices import Price, likely_tokens, most_tokens, price_of
from daybrief.adapters.llm.purse import Bill, Purse
from daybrief.adapters.llm.schema import read_back, schema_of
from daybrief.adapters.llm.service import Reply, Service, too_long
from daybrief.errors import BadDraft, DaybriefError, ModelUnavailable, WriterError
from daybrief.model import Usage
from daybrief.ports import Answer, ModelSettings, Question

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage

_ATTEMPTS = 4  # of one call, when the service says it may work in a moment
_FIRST_S, _CAP_S = 0.5, 8.0
_REPAIR = (
    "That answer cannot be used: {complaint}\nGive the whole answer again, as JSON of the same form only."
)


class _Ready(msgspec.Struct, frozen=True, kw_only=True):
    """What is known to work once the settings have been looked into."""

    service: Service
    purse: Purse
    price: Price
    pace: Pace
    slots: anyio.CapacityLimiter
    lull: Lull


class ModelClient:
    """Implements `ports.Llm`; its calls run in the event loop behind `portal`."""

    def __init__(
        self,
        settings: ModelSettings,
        book: Book,
        account: int,
        portal: BlockingPortal,
        environment: Mapping[str, str],
        random: Random,
    ) -> None:
        self._settings = settings
        self._book = book
        self._account = account
        self._portal = portal
        self._environment = environment
        self._random = random
        self._service: Service | None = None
        self._ready: _Ready | None = None
        self._unfit: WriterError | None = None
        self._preparing = anyio.Lock()
        self._turns: dict[bytes, anyio.Lock] = {}  # a question asked twice at the same time is asked once

    def warm(self) -> None:
        """Load the libraries while there is time; a missing one is told when the first question is asked."""
        with suppress(ImportError, DaybriefError):
            price_of(self._settings)
            self._service = Service(self._settings, needed_key(self._settings, self._environment))

    def ask(self, questions: Sequence[Question]) -> tuple[Answer, ...]:
        """Kept answers, and for the rest one call each, `parallel` at once."""
        keys = [self._key(question) for question in questions]
        answers = {key: self._kept(key, question) for key, question in zip(keys, questions, strict=True)}
        wanted = {k: q for k, q in zip(keys, questions, strict=True) if answers[k] is None}
        if wanted:
            answers |= self._portal.call(self._ask_all, wanted)
        return tuple(answers[key] or Answer() for key in keys)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._service is not None:
            await self._service.http.aclose()

    def _key(self, question: Question) -> bytes:
        """All that an answer depends on."""
        s = self._settings
        parts = (
            (s.provider, s.base_url, s.model, s.structured, s.max_output),
            (question.name, question.system, question.prompt, schema_of(question.shape)),
        )
        return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).digest()

    def _kept(self, key: bytes, question: Question) -> Answer | None:
        found = self._book.answer(key)
        if found is None:
            return None
        value = msgspec.json.decode(found[0], type=question.shape)
        if question.insists and question.complaint(value):
            return None
        return Answer(value=value, usage=found[1])

    async def _ask_all(self, wanted: Mapping[bytes, Question]) -> dict[bytes, Answer]:
        try:
            ready = await self._prepared()
        except Failure as unfit:
            return {key: Answer(error=unfit.error) for key in wanted}
        answers: dict[bytes, Answer] = {}

        async def one(key: bytes, question: Question) -> None:
            async with self._turns.setdefault(key, anyio.Lock()), ready.slots:
                answers[key] = self._kept(key, question) or await self._answer(ready, key, question)
                crowded = ready.slots.statistics().tasks_waiting > 0
            if crowded:
                await ready.lull.after()

        try:
            async with anyio.create_task_group() as group:
                for key, question in wanted.items():
                    group.start_soon(one, key, question)
        except BaseExceptionGroup as several:
            ours = several.subgroup(DaybriefError)
            raise (_first(ours) if ours else several) from None
        return answers

    async def _prepared(self) -> _Ready:
        """Look into the settings once; raises Failure when they cannot work."""
        async with self._preparing:
            return await self._prepared_alone()

    async def _prepared_alone(self) -> _Ready:
        if self._unfit is not None:
            raise Failure(Cure.CHANGE, self._unfit)
        if self._ready is None:
            try:
                self._ready = await self._prepare()
            except ModelUnavailable as unfit:
                self._unfit = unfit
                raise Failure(Cure.CHANGE, unfit) from None
            except Failure as unfit:
                self._unfit = unfit.error
                raise
        return self._ready

    async def _prepare(self) -> _Ready:
        settings = self._settings
        if not settings.model:
            raise ModelUnavailable("no model is named", hint="set `model`")
        key = needed_key(settings, self._environment)
        self._service = service = self._service or Service(settings, key)
        try:
            price = price_of(settings)
            await preflight(service, settings, key)
        except BaseException:
            await service.http.aclose()
            raise
        return _Ready(
            service=service,
            purse=Purse(self._book, self._account, settings, price),
            price=price,
            pace=Pace(settings.per_minute),
            slots=anyio.CapacityLimiter(max(1, settings.parallel)),
            lull=Lull(),
        )

    async def _answer(self, ready: _Ready, key: bytes, question: Question) -> Answer:
        """The question, and at most one repair; what it cost is told whatever becomes of it."""
        bills: list[Bill] = []
        try:
            value = await self._usable(ready, question, bills)
        except Failure as failure:
            return Answer(usage=_total(bills), error=failure.error)
        answer = Answer(value=value, usage=_total(bills))
        kept = msgspec.json.encode(value)
        self._book.keep(key, question.name, self._settings.model, kept, answer.usage)
        return answer

    async def _usable(self, ready: _Ready, question: Question, bills: list[Bill]) -> Any:
        from pydantic_ai.messages import ModelRequest, UserPromptPart

        def said(text: str) -> ModelMessage:
            return ModelRequest(parts=[UserPromptPart(content=text)], instructions=question.system)

        schema = schema_of(question.shape)
        text = question.system + question.prompt + msgspec.json.encode(schema).decode()
        self._fits(text)
        messages = [said(question.prompt)]
        reply = await self._call(ready, question, schema, messages, text, bills)
        value, complaint = _read(reply, question)
        if complaint and question.again:
            repair = _REPAIR.format(complaint=complaint)
            messages += [reply.message, said(repair)]
            longer = text + reply.text + repair
            self._fits(longer)
            value, complaint = _read(
                await self._call(ready, question, schema, messages, longer, bills), question
            )
        if value is None or (complaint and question.insists):
            # What exactly was wrong may repeat what the model said: that is told to the model alone.
            raise Failure(
                Cure.SKIP, BadDraft(f"{self._settings.model} gave no usable answer, even when asked again")
            )
        return value

    def _fits(self, text: str) -> None:
        likely = likely_tokens(text)
        if likely + self._settings.max_output > self._settings.context:
            said = (
                f"about {likely} tokens + max_output {self._settings.max_output} > {self._settings.context}"
            )
            raise Failure(Cure.SKIP, too_long(self._settings, said))

    async def _call(
        self,
        ready: _Ready,
        question: Question,
        schema: dict[str, Any],
        messages: list[ModelMessage],
        text: str,
        bills: list[Bill],
    ) -> Reply:
        """One paid answer, asked for again after passing errors; raises Failure."""

        async def once() -> Reply:
            await ready.pace.turn()
            async with ready.purse.reserved(most_tokens(text), self._settings.max_output) as bill:
                bills.append(bill)
                return await self._billed(ready, bill, messages, schema, question.name.split()[0])

        retrying = AsyncRetrying(
            sleep=anyio.sleep,
            retry=retry_if_exception(_passing),
            wait=self._wait,
            stop=self._stop,
            reraise=True,
        )
        try:
            reply: Reply = await retrying(once)
        except Failure as failure:
            ready.pace.failed(failure)
            raise
        ready.pace.answered()
        if reply.refused:
            raise Failure(Cure.SKIP, BadDraft(f"{self._settings.model} refuses to speak of it"))
        if reply.cut:
            error = BadDraft(f"{self._settings.model} was cut off in the middle", hint="raise `max_output`")
            raise Failure(Cure.SKIP, error)
        return reply

    async def _billed(
        self, ready: _Ready, bill: Bill, messages: list[ModelMessage], schema: dict[str, Any], name: str
    ) -> Reply:
        try:
            # The transport's own limit is for one wait; a dripping answer needs one for the whole.
            with anyio.fail_after(self._settings.timeout_s):
                reply = await ready.service.request(messages, schema, name)
        except TimeoutError:
            error = ModelUnavailable(
                f"{self._settings.model} gave no answer in {self._settings.timeout_s:g} s",
                hint="see `timeout_s`",
            )
            raise Failure(Cure.STOP, error, billed=True) from None
        except Failure as failure:
            if not failure.billed:
                bill.waive()
            if failure.after is not None and failure.after <= self._settings.patience_s:
                ready.pace.stay_away(failure.after)
            raise
        bill.pay(reply.tokens_in, reply.tokens_out, ready.price)
        return reply

    def _wait(self, state: RetryCallState) -> float:
        """What the service asked for, else exponential back-off with full jitter."""
        failure = state.outcome.exception() if state.outcome else None
        jittered = self._random.uniform(0, min(_CAP_S, _FIRST_S * 2.0**state.attempt_number))
        asked = failure.after if isinstance(failure, Failure) else None
        return jittered if asked is None else asked

    def _stop(self, state: RetryCallState) -> bool:
        return state.attempt_number >= _ATTEMPTS or state.upcoming_sleep > self._settings.patience_s


def _passing(failure: BaseException) -> bool:
    return isinstance(failure, Failure) and failure.cure is Cure.WAIT


def _read(reply: Reply, question: Question) -> tuple[Any, str]:
    """The value, or what to complain of."""
    try:
        value = read_back(reply.text, question.shape)
    except (msgspec.DecodeError, RecursionError) as wrong:
        return None, f"it is not the JSON asked for ({str(wrong)[:200]})"
    return value, question.complaint(value)


def _total(bills: Sequence[Bill]) -> Usage:
    return Usage(
        calls=len(bills),
        tokens_in=sum(b.usage.tokens_in for b in bills),
        tokens_out=sum(b.usage.tokens_out for b in bills),
        cost_usd=round(sum(b.usage.cost_usd for b in bills), 6),
    )


def _first(group: BaseExceptionGroup[Any]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
