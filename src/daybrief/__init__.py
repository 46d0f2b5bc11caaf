"""daybrief: the AI papers and news worth knowing, every morning, checked sentence by sentence.

The names below are the public API; each is imported when first used, so that `import daybrief` is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from daybrief.app import App as App
    from daybrief.app import RunRequest as RunRequest
    from daybrief.config import Settings as Settings
    from daybrief.config import load as load
    from daybrief.errors import DaybriefError as DaybriefError
    from daybrief.kit import Report as Report
    from daybrief.model import Edition as Edition
    from daybrief.model import Item as Item
    from daybrief.model import Story as Story
    from daybrief.model import edition_schema as edition_schema
    from daybrief.model import from_json as from_json
    from daybrief.model import to_json as to_json

_HOME = {
    "App": "app",
    "DaybriefError": "errors",
    "Edition": "model",
    "Item": "model",
    "Report": "kit",
    "RunRequest": "app",
    "Settings": "config",
    "Story": "model",
    "edition_schema": "model",
    "from_json": "model",
    "load": "config",
    "to_json": "model",
}
__all__ = sorted((*_HOME, "__version__"))


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"daybrief.{_HOME[name]}"), name)
    raise AttributeError(f"module 'daybrief' has no attribute {name!r}")
