"""The program, put together: settings become an `App`, and this is the only package that builds adapters.

    ports      each port, built once
    runs       a run of one day; imports; the days to catch up with
    delivery   what is sent, and what waits to be sent
    reading    search, questions, the reader, assistants
    taste      what a profile's reader likes
    outputs    the site, exports, an edition as Markdown
    doctor     whether all of this can be built

Commands, the reader and the tests call `App`, and nothing else in here.
"""

from daybrief.app.application import App
from daybrief.app.runs import RunRequest

__all__ = ["App", "RunRequest"]
