"""A line that says what is going on, on a terminal; nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(*, show: bool) -> Iterator[Callable[[str, str], None]]:
    """Gives `tell(stage, detail)`; on a terminal it turns a spinner and ticks off finished stages."""
    from rich.console import Console

    console = Console(stderr=True)
    if not (show and console.is_terminal):
        yield lambda _stage, _detail: None
        return
    last = ""
    with console.status("daybrief") as status:

        def tell(stage: str, detail: str) -> None:
            nonlocal last
            if last and last != stage:
                console.print(f"[green]✓[/green] {last}", highlight=False)
            last = stage
            status.update(f"{stage} · {detail}")

        yield tell
        if last:
            console.print(f"[green]✓[/green] {last}", highlight=False)
