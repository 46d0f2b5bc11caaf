"""The content of a page, under its earlier name: it is in `daybrief.render.page` now."""

from daybrief.render.page import *  # noqa: F403
from daybrief.render.page import reason as reason
