"""Several readers on one archive: their editions, what they liked, and messages on their way."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_EDITIONS = (
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
_PRINTED = (
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("edition", sa.String, primary_key=True),
    sa.Column("story", sa.String, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("title", sa.String, nullable=False),
    sa.Column("sources", sa.String, nullable=False),
    sa.Column("version", sa.Integer),
    sa.Column("category", sa.String, nullable=False),
)
_PRINTED_KEYS = (
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("edition", sa.String, primary_key=True),
    sa.Column("story", sa.String, primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
)
_RECEIPTS = (
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("publisher", sa.String, nullable=False),
    sa.Column("path", sa.String, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("delivered_at", sa.String(32), nullable=False),
    sa.Column("error", sa.String, nullable=False),
)


def upgrade() -> None:
    """Give what is told to somebody the name of the profile; what is there was told to the one reader."""
    _with_profile("editions", _EDITIONS, {})
    _with_profile("printed", _PRINTED, {"printed_by_story": ("story", "day")})
    _with_profile(
        "printed_keys",
        _PRINTED_KEYS,
        {"printed_keys_by_day": ("day", "edition"), "printed_keys_by_story": ("story", "day")},
    )
    _with_profile("receipts", _RECEIPTS, {})
    _create_examples()
    _create_outbox()


def _with_profile(
    table: str, columns: Sequence[sa.Column[Any]], indexes: Mapping[str, tuple[str, ...]]
) -> None:
    """SQLite cannot change a primary key in place: the rows are copied into a new table."""
    for name in indexes:
        op.drop_index(name, table)
    op.rename_table(table, "before")
    op.create_table(table, sa.Column("profile", sa.String, primary_key=True), *columns)
    op.execute(sa.text(f"INSERT INTO {table} SELECT '', * FROM before"))  # noqa: S608 (names of ours)
    op.drop_table("before")
    for name, by in indexes.items():
        op.create_index(name, table, ["profile", *by])


def _create_examples() -> None:
    op.create_table(
        "examples",
        sa.Column("profile", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("liked", sa.Boolean, nullable=False),
        sa.Column("origin", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("added_at", sa.String(32), nullable=False),
    )


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("profile", sa.String, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("recipient", sa.String, nullable=False),
        sa.Column("edition", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("error", sa.String, nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("changed_at", sa.String(32), nullable=False),
    )
    op.create_index("outbox_by_key", "outbox", ["key"], unique=True)
    op.create_index("outbox_by_state", "outbox", ["state", "id"])
