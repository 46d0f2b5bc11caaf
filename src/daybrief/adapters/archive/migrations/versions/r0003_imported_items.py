"""An imported item belongs to several days, and is noted as pending until a run of its day has seen it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_INDEXES = {"tray_by_source_and_key", "tray_by_announced", "tray_by_published"}
_COPY = """
INSERT INTO imported_items
SELECT id, source, key, announced, published, added_at,
       NOT EXISTS (
           SELECT 1 FROM editions
           WHERE day = coalesce(announced, substr(coalesce(published, added_at), 1, 10))
       ),
       body
FROM tray
"""


def upgrade() -> None:
    """Copy the rows: an item announced for a day is that day's; the others find theirs by their instants."""
    for name in sorted(_INDEXES):
        op.drop_index(name, "tray")
    op.create_table(
        "imported_items",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("day", sa.Date),
        sa.Column("published", sa.String(32)),
        sa.Column("added_at", sa.String(32), nullable=False),
        sa.Column("pending", sa.Boolean, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.execute(sa.text(_COPY))
    op.drop_table("tray")
    op.create_index("imported_by_source_key_and_day", "imported_items", ["source", "key", "day"], unique=True)
    op.create_index("imported_by_key", "imported_items", ["key"])
    op.create_index("imported_by_day", "imported_items", ["day"])
    op.create_index("imported_by_published", "imported_items", ["published"])
