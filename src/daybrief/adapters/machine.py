"""The machine daybrief runs on: clock, files beside the settings, schedulers, ports, processes.

Its files are the first settings and a reader's secret, its schedulers systemd's user units and the crontab.
Its processes read foreign documents, share a large day, or work on a backfill, on a Ray cluster too.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Generic, NoReturn, Protocol, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from daybrief.errors import AddressTaken, ConfigError, NotWhatWeAsked
from daybrief.languages import language_or_source
from daybrief.ports import Clock

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

# ── the clock ───────────────────────────────────────────────────────────────────────────────────────


class Timer(Clock, Protocol):
    """A clock one can also wait on; only adapters wait."""

    def monotonic(self) -> float:
        """Seconds since some fixed instant, the same for all processes of the machine; never set back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The present instant in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since the machine started (CLOCK_MONOTONIC and its like)."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class FixedClock:
    """A clock that stands at the instant of a run, so that its recording and its replay agree."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """The instant."""
        return self._at


# ── files beside the settings ───────────────────────────────────────────────────────────────────────


_MOST_OF_SECRET = 4_096


def keep_secret(path: Path, secret: str) -> None:
    """Write it whole or not at all; raises ConfigError when the folder cannot be written."""
    beside = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{secret}\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}", hint="check the folder") from error


def kept_secret(path: Path) -> str:
    """The text of the file, "" when there is none; raises ConfigError when it cannot be read."""
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_MOST_OF_SECRET).strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", hint="check its rights") from error


_LINK = Path("/etc/localtime")
_ZONES = "zoneinfo/"


def write_settings(path: Path, text: str) -> None:
    """Put the file in place whole or not at all; raises ConfigError that names it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, staged = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 (a descriptor)
                file.write(text)
            os.chmod(staged, 0o644)  # noqa: PTH101 (mkstemp's 0600 would hide it from a team)
            Path(staged).replace(path)
        except BaseException:
            Path(staged).unlink(missing_ok=True)
            raise
    except OSError as unwritable:
        why = unwritable.strerror or str(unwritable)
        raise ConfigError(f"{path} cannot be written: {why}", hint="name another with --file") from unwritable


def local_zone(environment: Mapping[str, str], language: str, link: Path = _LINK) -> str:
    """This machine's IANA time zone; where it says UTC or nothing, the one the language suggests."""
    named = environment.get("TZ", "").removeprefix(":")
    if not named and link.is_symlink():
        named = str(link.readlink()).partition(_ZONES)[2]
    if named in {"", "UTC", "Etc/UTC"} or not _known(named):
        return language_or_source(language).zone
    return named


def _known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


# ── the schedulers ──────────────────────────────────────────────────────────────────────────────────


UNIT = "daybrief"
_PATIENCE_S = 30.0


def unit_folder() -> Path:
    """The folder where systemd looks for a user's units (`man 5 systemd.unit`)."""
    above = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(above) / "systemd" / "user"


def install_units(service: str, timer: str) -> None:
    """Write both units and start the timer; raises ConfigError when systemd refuses."""
    folder = unit_folder()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{UNIT}.service").write_text(service, encoding="utf-8")
    (folder / f"{UNIT}.timer").write_text(timer, encoding="utf-8")
    _run_checked("systemctl", "--user", "daemon-reload")
    _run_checked("systemctl", "--user", "enable", "--now", f"{UNIT}.timer")


def remove_units() -> bool:
    """Stop the timer and remove both units; whether there were any."""
    places = [unit_folder() / f"{UNIT}.{kind}" for kind in ("timer", "service")]
    there = any(place.exists() for place in places)
    if there:
        with contextlib.suppress(ConfigError):  # a timer that never ran cannot be stopped, and need not be
            _run_checked("systemctl", "--user", "disable", "--now", f"{UNIT}.timer")
        for place in places:
            place.unlink(missing_ok=True)
        with contextlib.suppress(ConfigError):
            _run_checked("systemctl", "--user", "daemon-reload")
    return there


def crontab() -> str:
    """The user's crontab; "" when there is none yet."""
    done = _run("crontab", "-l")
    return done.stdout if done.returncode == 0 else ""


def set_crontab(text: str) -> None:
    """Replace the user's crontab; raises ConfigError when it is refused."""
    _run_checked("crontab", "-", given=text)


def _run_checked(*command: str, given: str = "") -> None:
    done = _run(*command, given=given)
    if done.returncode:
        reason = done.stderr.strip() or f"exit {done.returncode}"
        raise ConfigError(
            f"`{' '.join(command)}` failed: {reason}", hint="print the schedule and place it by hand"
        )


def _run(*command: str, given: str = "") -> subprocess.CompletedProcess[str]:
    program = shutil.which(command[0])
    if program is None:
        raise ConfigError(
            f"there is no program {command[0]!r} here",
            hint="choose another schedule, or print it without --install",
        )
    arguments = [program, *command[1:]]
    try:
        return subprocess.run(  # noqa: S603 - fixed words, no shell
            arguments, input=given, capture_output=True, text=True, check=False, timeout=_PATIENCE_S
        )
    except subprocess.TimeoutExpired as late:
        raise ConfigError(
            f"`{' '.join(command)}` did not answer", hint="try again, or place it by hand"
        ) from late


# ── a port to answer on ─────────────────────────────────────────────────────────────────────────────


def listening(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address; raises AddressTaken, and ConfigError for one nobody can have."""
    where = f"{host} port {port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as unknown:
        hint = "127.0.0.1 is this machine"
        raise ConfigError(f"serve.host = {host!r} is no address", hint=hint) from unknown
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as refused:
        listener.close()
        if refused.errno == errno.EADDRINUSE:
            hint = "daybrief serve --port NUMBER, or end the other program"
            raise AddressTaken(f"another program answers on {where} already", hint=hint) from refused
        hint = "choose an address of this machine, and a port above 1023"
        raise ConfigError(f"{where} cannot be used: {refused.strerror}", hint=hint) from refused
    return listener


# ── a process of its own ────────────────────────────────────────────────────────────────────────────

_MOST_ANSWER = 32 * 2**20
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "COVERAGE_PROCESS_START")  # no secrets


def in_own_process(module: str, given: bytes, seconds: float) -> bytes:
    """Implements `ports.OwnProcess`: Python runs `main` of the module in an empty folder.

    The process inherits no variable that could hold a secret. Raises NotWhatWeAsked when it dies or is slow.
    """
    environment = {name: value for name in _PASSED_ON if (value := os.environ.get(name))}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    command = [sys.executable, "-c", f"from {module} import main; main()"]
    with tempfile.TemporaryDirectory(prefix="daybrief-") as folder:
        try:
            ended = subprocess.run(  # noqa: S603 - our own words, no shell
                command,
                input=given,
                capture_output=True,
                timeout=seconds,
                env=environment,
                cwd=folder,
                check=False,
                start_new_session=True,
            )
        except subprocess.TimeoutExpired as late:
            raise NotWhatWeAsked(f"reading it took longer than {seconds:g} s") from late
    if ended.returncode or len(ended.stdout) > _MOST_ANSWER:
        raise NotWhatWeAsked(f"the process that read it ended with {ended.returncode}")
    return ended.stdout


# ── workers ─────────────────────────────────────────────────────────────────────────────────────────


Job = TypeVar("Job")
Answer = TypeVar("Answer")
Unit = Callable[..., AbstractContextManager[Callable[[Job], Answer]]]
"""The work of a worker: entered once with what it is given, it answers one job after the other."""

_MOST_DEATHS = 3  # in a row, without one answer between them
_MOST_RETRIES = 10  # of Ray: a death counts for every job that waits for the actor, not for its own alone
_OBJECTS = 128 * 2**20  # bytes that a Ray of our own keeps of jobs and answers
_REACHED_S = 10.0


class Workers(Generic[Job, Answer]):
    """Processes that answer jobs; the answers come in the order of the jobs.

    Each process enters `unit(*given)` once; all of it is pickled. When one dies, new ones take over the jobs
    without an answer; ConfigError when they die again and again. They end with the process that started them.
    """

    def __init__(self, count: int, unit: Unit[Job, Answer], given: tuple[Any, ...]) -> None:
        self._count, self._unit, self._given = count, unit, given
        self._waiting: deque[tuple[Job, Future[Answer]]] = deque()
        self._deaths = 0
        self._pool = self._started()

    def _started(self) -> ProcessPoolExecutor:
        import multiprocessing  # here and below: few commands start processes, and all are this module's
        from concurrent.futures import BrokenExecutor, ProcessPoolExecutor

        self._broken = BrokenExecutor
        return ProcessPoolExecutor(
            self._count,
            mp_context=multiprocessing.get_context("spawn"),  # a fork beside threads may never wake up
            initializer=_prepared,
            initargs=(self._unit, self._given),
        )

    def __enter__(self) -> Workers[Job, Answer]:
        return self

    def __exit__(self, *_: object) -> None:
        self._unblock()
        self._pool.shutdown(wait=True, cancel_futures=True)

    @property
    def processes(self) -> tuple[int, ...]:
        """The ids of the processes that live."""
        return tuple(self._pool._processes or ())

    def give(self, job: Job) -> None:
        """Queue a job."""
        try:
            self._waiting.append((job, self._pool.submit(_answered, job)))
        except self._broken:
            self._replace()
            self._waiting.append((job, self._pool.submit(_answered, job)))

    def take(self) -> Answer:
        """Wait for the answer to the oldest job; raises what the job has raised."""
        from concurrent.futures import wait

        while True:
            while not wait([self._waiting[0][1]], _WATCH_S).done:
                self._unblock()
            try:
                answer = self._waiting[0][1].result()
            except self._broken:
                self._replace()
            else:
                self._waiting.popleft()
                self._deaths = 0
                return answer

    def _unblock(self) -> None:
        """End the pool where a process died: if it was answering, the pool waits for the rest for ever."""
        pool: Any = self._pool
        processes = list((pool._processes or {}).values())
        if any(process.exitcode is not None for process in processes):
            for process in processes:
                process.kill()
            pool._result_queue._writer.close()  # with the last writer the half answer ends

    def _replace(self) -> None:
        """Start new processes and give them every job that the dead ones have left."""
        self._deaths += 1
        if self._deaths > _MOST_DEATHS:
            raise _they_died(_MOST_DEATHS)
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = self._started()
        self._waiting = deque(
            (job, future if self._has_answer(future) else self._pool.submit(_answered, job))
            for job, future in self._waiting
        )

    def _has_answer(self, future: Future[Any]) -> bool:
        return future.done() and not future.cancelled() and not isinstance(future.exception(), self._broken)


def _they_died(times: int, why: str = "") -> ConfigError:
    return ConfigError(
        f"the workers died {times} times over one day{why and f': {why}'}",
        hint="they may lack memory: try fewer --workers",
    )


_answering: list[Callable[[Any], Any]] = []  # of this process, where it is a worker


def _answered(job: Any) -> Any:
    return _answering[0](job)


def _prepared(unit: Unit[Any, Any], given: tuple[Any, ...]) -> None:
    """Begin a worker: it heeds no Ctrl-C of its own, and ends when its parent has."""
    from multiprocessing.util import Finalize

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    stack = contextlib.ExitStack()
    Finalize(None, stack.close, exitpriority=10)  # a child of multiprocessing heeds no `atexit`
    _answering[:] = [stack.enter_context(unit(*given))]


def _end_with_parent() -> None:
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


# ── forks ───────────────────────────────────────────────────────────────────────────────────────────


_MOST_JOBS = 1_024  # of four bytes: what any pipe holds at once
_WATCH_S = 0.5


class Forks:
    """Implements `ports.DividesWork`: forks of this process answer beside it.

    Each takes the next job that is not taken. Answers come back in a file without a name. What a killed or
    failed fork leaves unanswered is answered here, so a fault costs time alone; forks end with their parent.
    Nothing is forked where it may not be safe: beside other threads of Python, or off Linux.
    """

    def __init__(self, count: int) -> None:
        """`count`: processes at work, this one counted."""
        self._count = count

    def __call__(
        self, call: Callable[[int], Answer], jobs: Sequence[int], own: Callable[[], None] = lambda: None
    ) -> dict[int, Answer]:
        """Return the answer to each job; raises what a job or the `own` work of this process raises here."""
        answers: dict[int, Answer] = {}
        lone = sys.platform == "linux" and threading.active_count() == 1  # a lock's holder is not left behind
        if self._count > 1 and 1 < len(jobs) <= _MOST_JOBS and lone:
            with _queue(jobs) as queue, contextlib.ExitStack() as stack:
                forks = [stack.enter_context(_forked(call, queue)) for _ in range(self._count - 1)]
                own()
                answers.update(_answers(call, queue))
                for wait in forks:
                    answers.update(wait())
        else:
            own()
        return answers | {job: call(job) for job in jobs if job not in answers}


def usable_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def _queue(jobs: Sequence[int]) -> Iterator[int]:
    """A pipe that holds all jobs: whoever reads four bytes has taken one."""
    queue, inlet = os.pipe()
    try:
        with os.fdopen(inlet, "wb") as pipe:
            pipe.write(b"".join(job.to_bytes(4, "big") for job in jobs))
        yield queue
    finally:
        os.close(queue)


def _answers(call: Callable[[int], Answer], queue: int) -> Iterator[tuple[int, Answer]]:
    while taken := os.read(queue, 4):
        job = int.from_bytes(taken, "big")
        yield job, call(job)


@contextlib.contextmanager
def _forked(call: Callable[[int], Answer], queue: int) -> Iterator[Callable[[], dict[int, Answer]]]:
    """A fork at work; yields what waits for its end and returns its answers. Ends it with the block."""
    with tempfile.TemporaryFile() as answers:
        process, ended = _fork(lambda parent: _work(call, queue, answers, parent)), False

        def wait() -> dict[int, Answer]:
            nonlocal ended
            os.waitpid(process, 0)
            ended = True
            answers.seek(0)
            return dict(_unpickled(answers))

        try:
            yield wait
        finally:
            if not ended:
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)


def _fork(work: Callable[[int], NoReturn]) -> int:
    """Fork; the fork works, told its parent. Returns its process here."""
    parent = os.getpid()
    gc.freeze()  # a collection in the fork would copy every page of this process
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads: those of libraries end before
            process = os.fork()
        if not process:
            work(parent)
    finally:
        gc.unfreeze()
    return process


def _work(call: Callable[[int], Any], queue: int, answers: IO[bytes], parent: int) -> NoReturn:
    """Answer jobs in a fork; never returns. It holds no lock or pipe of its parent, and ends after it."""
    try:
        _keep_open({queue, answers.fileno()})
        signal.signal(signal.SIGALRM, lambda *_: None if os.getppid() == parent else os._exit(1))
        signal.setitimer(signal.ITIMER_REAL, _WATCH_S, _WATCH_S)
        for answer in _answers(call, queue):
            pickle.dump(answer, answers)
        answers.flush()
    finally:
        os._exit(0)  # whatever was raised: the parent answers what is missing


def _keep_open(kept: set[int]) -> None:
    """Close all files but these; what anybody says goes nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nowhere, standard)
    for inherited in _open_files() - kept - {0, 1, 2}:
        with contextlib.suppress(OSError):
            os.close(inherited)


def _open_files() -> set[int]:
    return {int(file.name) for file in Path("/proc/self/fd").iterdir()}


def _unpickled(answers: IO[bytes]) -> Iterator[tuple[int, Any]]:
    """The answers that were written whole."""
    with contextlib.suppress(EOFError, pickle.UnpicklingError):
        while True:
            yield pickle.load(answers)  # noqa: S301 - this process's own fork wrote it


# ── workers of a Ray cluster ────────────────────────────────────────────────────────────────────────


class RayWorkers(Generic[Job, Answer]):
    """Actors of Ray that answer jobs, as `Workers` does: Ray places them, restarts them and asks again.

    `address`: a cluster's, `auto` for this machine's, "" for a Ray of our own, which ends with the block.
    Raises ConfigError where Ray is missing, does not answer, or actors die again and again.
    """

    def __init__(self, count: int, address: str) -> None:
        self._count = count
        self._ray = _connected(count, address)
        self._actors: list[tuple[Any, deque[Any]]] = []
        self._waiting: deque[Any] = deque()

    def start(self, unit: Unit[Job, Answer], given: tuple[Any, ...]) -> None:
        """Start the actors; each enters `unit(*given)`."""
        actor = self._ray.remote(_RayUnit).options(
            num_cpus=1, max_restarts=-1, max_task_retries=_MOST_RETRIES, scheduling_strategy="SPREAD"
        )
        self._actors = [(actor.remote(unit, given), deque()) for _ in range(self._count)]

    def __enter__(self) -> RayWorkers[Job, Answer]:
        return self

    def __exit__(self, *_: object) -> None:
        self._ray.shutdown()  # ends our actors, and a Ray of our own

    def give(self, job: Job) -> None:
        """Queue a job with the actor that has least to do."""
        for _, queue in self._actors:
            while queue and self._ray.wait([queue[0]], timeout=0)[0]:
                queue.popleft()
        actor, queue = min(self._actors, key=lambda pair: len(pair[1]))
        queue.append(actor.answer.remote(job))
        self._waiting.append(queue[-1])

    def take(self) -> Answer:
        """Wait for the answer to the oldest job; raises what the job has raised."""
        try:
            answer: Answer = self._ray.get(self._waiting.popleft())
        except self._ray.exceptions.RayTaskError as failed:
            raise failed.cause from failed
        except self._ray.exceptions.RayActorError as died:
            raise _they_died(_MOST_RETRIES, str(died).strip().partition("\n")[0][:200]) from died
        return answer

    def at_home(self, make: Callable[..., Any], *given: Any) -> Callable[[], Any]:
        """Returns what gives each worker the one thing that `make(*given)` makes on this machine.

        Its methods are called from afar: what they take and return is pickled.
        """
        here = self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
            node_id=self._ray.get_runtime_context().get_node_id(), soft=False
        )
        actor = self._ray.remote(_SharedObject).options(
            num_cpus=0, max_restarts=-1, max_task_retries=_MOST_DEATHS, max_concurrency=16,
            scheduling_strategy=here,
        )  # fmt: skip
        return _RemoteObject(actor.remote(make, given))


def _connected(count: int, address: str) -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    try:
        import ray
        import ray.util.scheduling_strategies
    except ImportError as missing:
        raise ConfigError("--engine ray needs Ray", hint='install "daybrief[ray]"') from missing
    if address.startswith("ray://"):
        raise ConfigError(
            f"--address {address} is that of Ray Client",
            hint="run on a machine of the cluster: --address auto",
        )
    _reach(address)
    own = {} if address else {"num_cpus": count, "object_store_memory": _OBJECTS, "include_dashboard": False}
    for last in (False, True):  # on a busy machine the first start may take too long for Ray
        try:
            ray.init(address=address or "local", log_to_driver=False, logging_level="ERROR", **own)
            break
        except Exception as nobody:  # Ray raises plain ones when a node does not start in time
            ray.shutdown()
            if address or last:
                raise _no_ray(address or "local", nobody) from nobody
    return ray


def _reach(address: str) -> None:
    """Raises ConfigError where nobody listens: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if host and port.isdigit():
        try:
            socket.create_connection((host, int(port)), timeout=_REACHED_S).close()
        except (OSError, OverflowError) as nobody:
            raise _no_ray(address, nobody) from nobody


def _no_ray(address: str, why: Exception) -> ConfigError:
    return ConfigError(
        f"no Ray answers at --address {address}: {str(why)[:200]}",
        hint="see `ray status`, or leave --address out",
    )


class _RayUnit:
    """The body of an actor."""

    def __init__(self, unit: Unit[Any, Any], given: tuple[Any, ...]) -> None:
        self._stack = contextlib.ExitStack()
        self._answer = self._stack.enter_context(unit(*given))

    def answer(self, job: Any) -> Any:
        """Answer a job."""
        return self._answer(job)


class _SharedObject:
    """The body of the actor of an object that all workers call."""

    def __init__(self, make: Callable[..., Any], given: tuple[Any, ...]) -> None:
        self._object = make(*given)

    def call(self, name: str, given: tuple[Any, ...]) -> Any:
        """Call a method."""
        return getattr(self._object, name)(*given)


class _RemoteObject:
    """A shared object as a worker sees it: each call of a method goes to its actor."""

    def __init__(self, actor: Any) -> None:
        self._actor = actor

    def __call__(self) -> _RemoteObject:
        return self

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):  # pickle looks for its own
            raise AttributeError(name)

        def called(*given: Any) -> Any:
            import ray

            try:
                return ray.get(self._actor.call.remote(name, given))
            except ray.exceptions.RayTaskError as failed:
                raise failed.cause from failed

        return called
