"""Language models behind `ports.Llm`: any OpenAI-compatible service, Anthropic, Gemini.

    question → kept answer? → preflight (once) → reserve → turn → service → settle → read → keep
                                                    ↑ waits, and asks again after passing errors ┘

This module is the flow of a call (what is asked, when, how often), and the models of one run: one file, one
account, one event loop.

    service.py    one request over HTTP, bounded; the list of models
    dialects.py   requests and answers in the words of each service
    answers.py    a model's text read as the type asked for
    local.py      models in files on this machine, and the engine that runs one
    failures.py   what a refusal means and what is to be done about it
    budget.py     prices, the cap of a run, and the file of answers and spending

Nothing is sent before the settings are looked into. Nothing is paid for twice, or when it does not fit into
the run's cap. Nothing that a service answers raises anything but a WriterError.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from random import Random
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import anyio
import msgspec
from anyio.from_thread import BlockingPortal, start_blocking_portal
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from daybrief.adapters.llm import answers
from daybrief.adapters.llm.budget import (
    Bill,
    Budget,
    CallStore,
    Price,
    RateLimiter,
    Spent,
    alone,
    cap_in_words,
    is_own_server,
    likely_tokens,
    most_tokens,
    price_of,
)
from daybrief.adapters.llm.dialects import Prompt, Reply
from daybrief.adapters.llm.failures import Failure, RetryDecision, no_answer_in_time, too_long
from daybrief.adapters.llm.local import LocalModel, ModelFolder
from daybrief.adapters.llm.service import Overlong, Service, needed_key, require_libraries
from daybrief.errors import BadDraft, DaybriefError, ModelUnavailable, WriterError
from daybrief.model import Usage
from daybrief.ports import Answer, ModelSettings, Question, Trial

if TYPE_CHECKING:
    from httpx2 import AsyncBaseTransport

__all__ = ["FILE", "CallStore", "Inspection", "Models", "Spent", "inspect_model"]


log = logging.getLogger("daybrief.llm")

FILE = "models.sqlite"
_STAGE = {"stage": "model"}  # under which people are told
MOST_FAILURES = 3  # in a row, until nothing more is sent
QUIET_S = 0.01  # a burst of answers is over when nothing came for so long
MOST_QUIET_S = 0.1  # no answer is held back for longer
_ATTEMPTS = 4  # of one call, when the service says it may work in a moment
_FIRST_S, _CAP_S = 0.5, 8.0
_LOADING_S = 2.0  # between two calls to a service that loads its model
_LEAST_PROMPT = 300  # likely tokens; a shorter prompt fits everywhere
_LEAST_COUNT = 16  # tokens; a smaller count is no count
_REPAIR = (
    "That answer cannot be used: {complaint}\nGive the whole answer again, as JSON of the same form only."
)


# ── when a call may begin ───────────────────────────────────────────────────────────────────────────


class CircuitBreaker:
    """Stops all calls after three failures in a row, or at once where a setting is wrong."""

    def __init__(self) -> None:
        self._in_a_row = 0
        self._open: WriterError | None = None

    def check(self) -> None:
        """Raise Failure when no more calls are made."""
        if self._open is not None:
            raise Failure(RetryDecision.SKIP, self._open)

    def answered(self) -> None:
        """The service works."""
        self._in_a_row = 0

    def failed(self, failure: Failure) -> None:
        """Count a call that failed for good."""
        if failure.decision is RetryDecision.SKIP:
            return
        self._in_a_row += 1
        if failure.decision is RetryDecision.GIVE_UP:
            self._open = failure.error
        elif self._in_a_row >= MOST_FAILURES and self._open is None:
            self._open = ModelUnavailable(
                f"the model failed {MOST_FAILURES} times in a row, lastly: {failure.error.message}",
                hint=failure.error.hint or "see whether the service is up; check `base_url`",
            )


class Debounce:
    """Holds answers back while the places they leave are filled again.

    Whoever gets an answer begins to check it, and a thread that computes takes the interpreter from the event
    loop for milliseconds at a time. Sixteen answers that came at once made the next sixteen calls leave over
    a quarter of a second.
    """

    def __init__(self) -> None:
        self._stirred = 0.0

    async def settled(self) -> None:
        """Come back when the burst this answer belongs to is over."""
        self._stirred = now = anyio.current_time()
        end = now + MOST_QUIET_S
        while (left := min(self._stirred + QUIET_S, end) - anyio.current_time()) > 0:
            await anyio.sleep(left)


class _FirstAlone:
    """Lets the first call to a service be over before the others begin.

    What it teaches (another form of request, a model that is still being loaded, an answer beyond every
    limit) then costs one call, not sixteen.
    """

    def __init__(self) -> None:
        self._over = False
        self._lock = anyio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        if not self._over:
            await self._lock.acquire()
            if self._over:
                self._lock.release()
        try:
            yield
        finally:
            if not self._over:
                self._over = True
                self._lock.release()


# ── the client ──────────────────────────────────────────────────────────────────────────────────────


class _Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The ways known to work once the settings have been looked into."""

    service: Service
    budget: Budget
    price: Price
    rate: RateLimiter
    breaker: CircuitBreaker
    slots: anyio.CapacityLimiter
    first: _FirstAlone
    debounce: Debounce


class ModelClient:
    """Implements `ports.Llm`; its calls run in the event loop behind `portal`."""

    def __init__(
        self,
        settings: ModelSettings,
        store: CallStore,
        account: int,
        portal: BlockingPortal,
        environment: Mapping[str, str],
        random: Random,
        transport: AsyncBaseTransport | None = None,
        local: LocalModel | None = None,
        share: int = 1,
    ) -> None:
        self._settings = settings
        self._share = share
        self._local = local
        self._identity = local.identity if local else settings
        self._transport = transport
        self._store = store
        self._account = account
        self._portal = portal
        self._environment = environment
        self._random = random
        self._service: Service | None = None
        self._ready: _Ready | None = None
        self._unfit: WriterError | None = None
        self._preparing = anyio.Lock()
        self._asking: dict[bytes, anyio.Lock] = {}  # a question asked twice at the same time is asked once
        self._noted: set[str] = set()

    def warm(self) -> None:
        """Load the libraries while there is time; a missing one is told when the first question is asked."""
        if self._local is not None:
            return
        with suppress(ImportError, DaybriefError):
            price_of(self._settings)
            key = needed_key(self._settings, self._environment)
            self._service = Service(self._settings, key, self._transport)

    def ask(self, questions: Sequence[Question]) -> tuple[Answer, ...]:
        """Gives kept answers, and makes one call for each other question, `parallel` at once."""
        keys = [self._key(question) for question in questions]
        answers = {key: self._kept(key, question) for key, question in zip(keys, questions, strict=True)}
        missing = {k: q for k, q in zip(keys, questions, strict=True) if answers[k] is None}
        if missing:
            answers |= self._portal.call(self._ask_all, missing)
        return tuple(answers[key] or Answer() for key in keys)

    async def aclose(self) -> None:
        """Close the connections, and end the engine of a local model."""
        if self._service is not None:
            await self._service.http.aclose()
        if self._local is not None:
            self._local.close()

    def _key(self, question: Question) -> bytes:
        """All that an answer depends on; fields set by hand only where there are some."""
        s = self._identity
        parts: tuple[Any, ...] = (
            (s.provider, s.base_url, s.model, s.structured, s.max_output),
            (question.name, question.system, question.prompt, schema_of(question.shape)),
        )
        if s.extra_body or s.omit:
            parts = (*parts, (s.extra_body, s.omit))
        return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).digest()

    def _kept(self, key: bytes, question: Question) -> Answer | None:
        stored = self._store.answer(key)
        if stored is None:
            return None
        value = msgspec.json.decode(stored[0], type=question.shape)
        if question.insists and question.complaint(value):
            return None
        return Answer(value=value, usage=stored[1])

    async def _ask_all(self, missing: Mapping[bytes, Question]) -> dict[bytes, Answer]:
        try:
            ready = await self._prepared()
        except Failure as unfit:
            return {key: Answer(error=unfit.error) for key in missing}
        answers: dict[bytes, Answer] = {}

        async def ask(key: bytes, question: Question) -> None:
            async with self._asking.setdefault(key, anyio.Lock()), ready.slots:
                answers[key] = self._kept(key, question) or await self._paid_answer(ready, key, question)
                crowded = ready.slots.statistics().tasks_waiting > 0
            if crowded:
                await ready.debounce.settled()

        try:
            async with anyio.create_task_group() as group:
                for key, question in missing.items():
                    group.start_soon(ask, key, question)
        except BaseExceptionGroup as several:
            expected = several.subgroup(DaybriefError)
            raise (_first(expected) if expected else several) from None
        return answers

    async def _paid_answer(self, ready: _Ready, key: bytes, question: Question) -> Answer:
        if self._share == 1:
            return await self._answer(ready, key, question)
        async with alone(self._store, key):
            return self._kept(key, question) or await self._answer(ready, key, question)

    async def _prepared(self) -> _Ready:
        """Look into the settings once; raises Failure when they cannot work."""
        async with self._preparing:
            if self._unfit is not None:
                raise Failure(RetryDecision.GIVE_UP, self._unfit)
            if self._ready is None:
                try:
                    self._ready = await self._prepare()
                except ModelUnavailable as unfit:
                    self._unfit = unfit
                    raise Failure(RetryDecision.GIVE_UP, unfit) from None
                except Failure as unfit:
                    self._unfit = unfit.error
                    raise
            return self._ready

    async def _prepare(self) -> _Ready:
        require_libraries()
        if self._local is not None:
            self._settings = await anyio.to_thread.run_sync(self._local.serve)
        settings = self._settings
        if not settings.model:
            raise ModelUnavailable("no model is named", hint="set `model`")
        price = price_of(settings)
        key = self._local.key if self._local else needed_key(settings, self._environment)
        self._service = service = self._service or Service(settings, key, self._transport)
        try:
            if note := await service.preflight():
                self._note(note)
        except BaseException:
            await service.http.aclose()
            raise
        return _Ready(
            service=service,
            budget=Budget(self._store, self._account, settings, price),
            price=price,
            rate=RateLimiter(
                self._store,
                " ".join((settings.provider, settings.base_url, settings.model)),
                settings.per_minute,
            ),
            breaker=CircuitBreaker(),
            slots=anyio.CapacityLimiter(max(1, settings.parallel // self._share)),
            first=_FirstAlone(),
            debounce=Debounce(),
        )

    def _note(self, words: str) -> None:
        """Tell something about the service once a run."""
        if words not in self._noted:
            self._noted.add(words)
            log.warning("%s", words, extra=_STAGE)

    # ── one question ────────────────────────────────────────────────────────────────────────────────

    async def _answer(self, ready: _Ready, key: bytes, question: Question) -> Answer:
        """The question, and at most one repair; what it cost is told whatever becomes of it."""
        bills: list[Bill] = []
        try:
            value = await self._usable(ready, question, bills)
        except Failure as failure:
            return Answer(usage=_total(bills), error=failure.error)
        answer = Answer(value=value, usage=_total(bills))
        kept = msgspec.json.encode(value)
        self._store.keep(key, question.name, self._identity.model, kept, answer.usage)
        return answer

    async def _usable(self, ready: _Ready, question: Question, bills: list[Bill]) -> Any:
        schema = schema_of(question.shape)
        name = question.name.split()[0]
        prompt = Prompt(
            system=question.system,
            turns=(question.prompt,),
            schema=schema,
            name=name,
            temperature=question.temperature,
        )
        reply = await self._call(ready, prompt, bills)
        reading, complaint = _read(reply, question)
        if (complaint or reading.cut) and question.again:
            repair = _REPAIR.format(complaint=complaint or "it ends in the middle")
            turns = (question.prompt, reply.text, repair)
            try:
                reply = await self._call(ready, msgspec.structs.replace(prompt, turns=turns), bills)
            except Failure:
                if complaint:
                    raise
            else:
                again, complaint_again = _read(reply, question)
                if complaint or not complaint_again:
                    reading, complaint = again, complaint_again
        if reading.value is None or (complaint and question.insists):
            # What exactly was wrong may repeat what the model said: that is told to the model alone.
            when = ", even when asked again" if question.again else ""
            error = BadDraft(f"{self._settings.model} gave no usable answer{when}")
            raise Failure(RetryDecision.SKIP, error)
        return reading.value

    def _fits(self, text: str) -> None:
        likely, settings = likely_tokens(text), self._settings
        if likely + settings.max_output > settings.context:
            why = f"about {likely} tokens + max_output {settings.max_output} > {settings.context}"
            raise Failure(RetryDecision.SKIP, too_long(settings, why))

    async def _call(self, ready: _Ready, prompt: Prompt, bills: list[Bill]) -> Reply:
        """Asks for a paid answer, again after passing errors; raises Failure."""
        text = "".join((prompt.system, *prompt.turns, msgspec.json.encode(prompt.schema).decode()))
        self._fits(text)

        async def once() -> Reply:
            ready.breaker.check()
            await ready.rate.turn()
            ready.breaker.check()
            async with ready.budget.reserved(most_tokens(text), self._settings.max_output) as bill:
                bills.append(bill)
                return await self._billed(ready, bill, prompt)

        retrying = AsyncRetrying(
            sleep=anyio.sleep,
            retry=retry_if_exception(_passes),
            wait=self._wait,
            stop=self._stop,
            reraise=True,
        )
        try:
            async with ready.first.turn():
                reply: Reply = await retrying(once)
        except Failure as failure:
            ready.breaker.failed(failure)
            raise
        ready.breaker.answered()
        return self._whole(reply)

    def _whole(self, reply: Reply) -> Reply:
        """The reply; raises Failure where the service says that it is not the whole answer."""
        name = self._settings.model
        if reply.refused:
            raise Failure(RetryDecision.SKIP, BadDraft(f"{name} refuses to speak of it ({reply.finish})"))
        if reply.cut and not answers.is_whole(reply.text):  # some stop at the limit on blanks after it
            error = BadDraft(f"{name} was cut off in the middle", hint="raise `max_output`")
            raise Failure(RetryDecision.SKIP, error)
        return reply

    async def _billed(self, ready: _Ready, bill: Bill, prompt: Prompt) -> Reply:
        settings, begun = self._settings, time.perf_counter()
        try:
            # The transport's own limit is for one wait; a dripping answer needs one for the whole.
            with anyio.fail_after(settings.timeout_s):
                reply = await ready.service.ask(prompt)
        except TimeoutError:
            raise no_answer_in_time(settings) from None
        except Failure as failure:
            if any(failure.tokens):
                bill.pay(*failure.tokens, ready.price)
            elif not failure.billed:
                bill.waive()
            if failure.after is not None and failure.after <= settings.patience_s:
                ready.rate.stay_away(failure.after)
            raise
        reserved = bill.usage
        bill.pay(reply.tokens_in, reply.tokens_out, ready.price)
        took = {"call": "ask", "model": settings.model, "seconds": round(time.perf_counter() - begun, 4)}
        used = {"tokens_in": reply.tokens_in, "tokens_out": reply.tokens_out, "usd": bill.usage.cost_usd}
        log.debug("ask %s", settings.model, extra=took | used)
        if _more(bill.usage, reserved) or likely_tokens(reply.text) > 2 * settings.max_output:
            raise Overlong(settings)
        self._notice_cut_prompt(reply, prompt)
        return reply

    def _notice_cut_prompt(self, reply: Reply, prompt: Prompt) -> None:
        """A server with a smaller context than it says cuts a prompt without a word."""
        likely = likely_tokens("".join((prompt.system, *prompt.turns)))
        if likely >= _LEAST_PROMPT and _LEAST_COUNT < reply.tokens_in < likely // 2:
            self._note(
                f"{self._settings.model} counted {reply.tokens_in} tokens of a prompt of about {likely}: "
                "the server seems to cut prompts; raise its context (Ollama: `num_ctx`)"
            )

    def _wait(self, state: RetryCallState) -> float:
        """The wait that the service asked for, else exponential back-off with full jitter."""
        failure = state.outcome.exception() if state.outcome else None
        if isinstance(failure, Failure):
            if failure.after is not None:
                return failure.after
            if failure.loading:
                return min(_LOADING_S, max(self._settings.loading_s / 4, 0.01))
        return self._random.uniform(0, min(_CAP_S, _FIRST_S * 2.0**state.attempt_number))

    def _stop(self, state: RetryCallState) -> bool:
        failure = state.outcome.exception() if state.outcome else None
        if isinstance(failure, Failure) and failure.loading:
            waited = state.seconds_since_start or 0.0
            return waited + state.upcoming_sleep > self._settings.loading_s
        return state.attempt_number >= _ATTEMPTS or state.upcoming_sleep > self._settings.patience_s


def _passes(failure: BaseException) -> bool:
    return isinstance(failure, Failure) and failure.decision is RetryDecision.RETRY


def _more(used: Usage, reserved: Usage) -> bool:
    """Whether a call came to more than was set aside for it."""
    tokens = used.tokens_in + used.tokens_out > reserved.tokens_in + reserved.tokens_out
    return tokens or used.cost_usd > reserved.cost_usd + 1e-9


def _read(reply: Reply, question: Question) -> tuple[answers.ParsedAnswer, str]:
    """The value read, and what to complain of."""
    reading = answers.read(reply.text, question.shape, question.prompt)
    if reading.value is None:
        return reading, f"it is not the JSON asked for ({reading.fault[:200]})"
    return reading, question.complaint(reading.value)


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


class LocalClient(ModelClient):
    """A model in a file; implements `ports.Tried` too."""

    def trial(self, language: str) -> Trial | None:
        """The measures of its trial in a language; raises ModelUnavailable where there is no such file."""
        return self._local.trial(language) if self._local else None


# ── the schema of a type ────────────────────────────────────────────────────────────────────────────

_SCHEMAS: dict[type[Any], bytes] = {}  # every call needs its schema twice


def schema_of(shape: type[Any]) -> dict[str, Any]:
    """A JSON schema without references; every field required and no other allowed, as strict services ask."""
    if shape not in _SCHEMAS:
        (root,), components = msgspec.json.schema_components([shape], ref_template="{name}")
        _SCHEMAS[shape] = msgspec.json.encode(_inlined(root, components))
    schema: dict[str, Any] = msgspec.json.decode(_SCHEMAS[shape])
    return schema


def _inlined(node: Any, components: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inlined(part, components) for part in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inlined(components[node["$ref"]], components)
    plain = {name: _inlined(part, components) for name, part in node.items()}
    if plain.get("type") == "object":
        plain |= {"required": list(plain.get("properties", {})), "additionalProperties": False}
    return plain


# ── the models of a run ─────────────────────────────────────────────────────────────────────────────


class Models:
    """Call it with `ModelSettings` to get an `Llm`; nothing is touched before the first call.

    `folder` holds the file of answers and spending, `run` names the run whose cap it is (the edition's day),
    `environment` is where keys lie. Leaving the block without an error closes the run's account,
    unless it is `lasting`: then all that open a run of this name share one cap. So many processes `share` it
    that each has its part of the calls at once; `store` opens the file where it lies elsewhere. `transport`
    takes the place of the network in tests; `models` is the folder of local models.
    """

    def __init__(
        self,
        folder: Path,
        run: str,
        environment: Mapping[str, str],
        random: Random | None = None,
        *,
        lasting: bool = False,
        transport: AsyncBaseTransport | None = None,
        models: ModelFolder | None = None,
        share: int = 1,
        store: Callable[[], CallStore] | None = None,
    ) -> None:
        self._share = share
        self._opened, self._elsewhere = store or partial(CallStore, folder / FILE), store is not None
        self._transport = transport
        self._models = models or ModelFolder(folder / "models")
        self._run = run
        self._lasting = lasting
        self._environment = environment
        self._random = random or Random()
        self._stack = ExitStack()
        self._portal: BlockingPortal | None = None
        self._store: CallStore | None = None
        self._account = 0
        self._clients: list[ModelClient] = []

    def __call__(self, settings: ModelSettings) -> ModelClient:
        """A model under the run's cap, which is told before anything is collected.

        Raises ConfigError when the extra `llm` is missing, ArchiveError when the file cannot be opened.
        """
        require_libraries()
        _tell_cap(settings)
        if self._store is None:
            self._store = self._opened()
            if not self._elsewhere:
                self._stack.callback(self._store.close)
            self._account = self._store.open_account(self._run)
        if self._portal is None:
            self._portal = self._stack.enter_context(start_blocking_portal())
        local = LocalModel(settings, self._models) if settings.provider == "local" else None
        client = (LocalClient if local else ModelClient)(
            settings,
            self._store,
            self._account,
            self._portal,
            self._environment,
            self._random,
            self._transport,
            local,
            self._share,
        )
        self._clients.append(client)
        return client

    @property
    def used(self) -> bool:
        """Whether anybody wanted a model."""
        return self._store is not None

    def spent(self) -> Spent:
        """The sum that the run has spent or set aside so far."""
        return self._store.spent(self._account) if self._store else Spent()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._portal is not None and (error is None or isinstance(error, Exception)):
            for client in self._clients:
                self._portal.call(client.aclose)
        if self._store is not None and error is None and not self._lasting:
            self._store.close_account(self._account)
        self._stack.__exit__(kind, error, trace)


def _tell_cap(settings: ModelSettings) -> None:
    """Say what a run may spend: loudly where dollars cannot be counted, or where no call will be made."""
    if not settings.model:
        return
    try:
        counted = price_of(settings).known or is_own_server(settings) or settings.budget_usd == 0
        log.log(logging.INFO if counted else logging.WARNING, "%s", cap_in_words(settings), extra=_STAGE)
    except ModelUnavailable as unknown:
        log.warning("no call to %s will be made: %s", settings.model, unknown, extra=_STAGE)


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a configured model works: the `error` why not, else the cap in words and notes on the
    service.
    """

    error: DaybriefError | None = None
    cap: str = ""
    notes: tuple[str, ...] = ()

    @property
    def works(self) -> bool:
        """Whether calls may work."""
        return self.error is None


def inspect_model(settings: ModelSettings, environment: Mapping[str, str], models: ModelFolder) -> Inspection:
    """Look into a model's settings as a run does before its first call; spends nothing.

    Only what no call can survive is an error: a missing library, model, key or price, nobody at the address,
    or a key that is refused. A local model is looked at, not loaded.
    """
    try:
        require_libraries()
        if settings.provider == "local":
            file = models.find(settings.model)
            return Inspection(cap=cap_in_words(settings), notes=(f"{file.path}, {file.size / 1e9:.1f} GB",))
        if not settings.model:
            raise ModelUnavailable("no model is named", hint="set `model`")
        cap = cap_in_words(settings)
        note = anyio.run(_preflighted, settings, needed_key(settings, environment))
    except DaybriefError as error:
        return Inspection(error=error)
    except Failure as failure:
        return Inspection(error=failure.error)
    return Inspection(cap=cap, notes=(note,) if note else ())


async def _preflighted(settings: ModelSettings, key: str) -> str:
    service = Service(settings, key)
    try:
        return await service.preflight()
    finally:
        await service.http.aclose()
