"""Take the pictures the documentation shows: the founding edition's page, its chart, and the reader's pages.

python tools/pictures.py [reader]   # needs Chromium and `playwright`; writes docs/pictures/
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
DAY = "2024-11-26"


def make(folder: Path) -> None:
    """The founding edition in Korean and in English, as `make demo` makes it."""
    for language in ("ko", "en"):
        subprocess.run(
            [str(Path(sys.executable).parent / "daybrief"), "run", "--replay", "founding", "--out", language],
            cwd=folder,
            env={
                "HOME": str(folder),
                "PATH": "/usr/bin:/bin",
                "LC_ALL": "C.UTF-8",
                "DAYBRIEF_LANGUAGE": language,
            },
            check=True,
        )


def take(folder: Path) -> None:
    """Takes a picture of each view: desktop and phone, light and dark."""
    views = (
        ("papers", f"ko/{DAY}/papers.html", 1180, 1500, "light"),
        ("papers-en-dark", f"en/{DAY}/papers.html", 1180, 1200, "dark"),
        ("news-phone", f"ko/{DAY}/news.html", 390, 1100, "light"),
    )
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, page, width, height, scheme in views:
            view = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            view.goto((folder / page).as_uri())
            view.screenshot(path=PICTURES / f"{name}.png")
        browser.close()
    shutil.copy(folder / "en" / DAY / "papers.png", PICTURES / "chart.png")


READER = (
    ("reader-front", "/", 1280, 1100, "light"),
    ("reader-story", "/story?key=arxiv:2411.15124", 1280, 1250, "light"),
    ("reader-phone", "/?lang=en", 390, 844, "dark"),
)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The reader over the Korean edition's archive; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    archive = folder / "ko" / ".daybrief" / "archive.sqlite"
    with subprocess.Popen(
        [str(Path(sys.executable).parent / "daybrief"), "serve", "--port", str(port)],
        cwd=folder,
        env={
            "HOME": str(folder),
            "PATH": "/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
            "DAYBRIEF_ARCHIVE": str(archive),
        },
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        server.stdout.readline()  # it says where it answers once it does
        yield f"http://127.0.0.1:{port}"
        server.terminate()


def take_reader(folder: Path) -> None:
    """The reader's pages."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with serving(folder) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, page, width, height, scheme in READER:
            view = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            view.goto(base + page, wait_until="networkidle")
            view.screenshot(path=PICTURES / f"{name}.png")
        browser.close()


def main() -> None:
    """Make the edition, take the pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
        take_reader(Path(folder))
        if "reader" not in sys.argv[1:]:
            take(Path(folder))


if __name__ == "__main__":
    main()
