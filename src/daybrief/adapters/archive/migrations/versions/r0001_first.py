"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table of the first release."""
    _collected()
    _told()
    _noted()


def _collected() -> None:
    op.create_table(
        "harvests",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "items",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("harvest", sa.Integer, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("items_by_key", "items", ["key"])
    op.create_table(
        "tray",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("announced", sa.Date),
        sa.Column("published", sa.String(32)),
        sa.Column("added_at", sa.String(32), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("tray_by_source_and_key", "tray", ["source", "key"], unique=True)
    op.create_index("tray_by_announced", "tray", ["announced"])
    op.create_index("tray_by_published", "tray", ["published"])


def _told() -> None:
    op.create_table(
        "editions",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "printed",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("edition", sa.String, primary_key=True),
        sa.Column("story", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("sources", sa.String, nullable=False),
        sa.Column("version", sa.Integer),
        sa.Column("category", sa.String, nullable=False),
    )
    op.create_index("printed_by_story", "printed", ["story", "day"])
    op.create_table(
        "printed_keys",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("edition", sa.String, primary_key=True),
        sa.Column("story", sa.String, primary_key=True),
        sa.Column("place", sa.Integer, nullable=False),
    )
    op.create_index("printed_keys_by_day", "printed_keys", ["day", "edition"])
    op.create_index("printed_keys_by_story", "printed_keys", ["story", "day"])


def _noted() -> None:
    op.create_table(
        "receipts",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("publisher", sa.String, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("delivered_at", sa.String(32), nullable=False),
        sa.Column("error", sa.String, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("started_at", sa.String(32), nullable=False),
        sa.Column("ended_at", sa.String(32)),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("note", sa.String, nullable=False),
    )
    op.create_table(
        "run_seconds",
        sa.Column("run", sa.Integer, primary_key=True),
        sa.Column("stage", sa.String, primary_key=True),
        sa.Column("seconds", sa.Float, nullable=False),
    )
