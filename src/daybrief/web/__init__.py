"""The reader: server-rendered pages over the archive, for one machine or a small team.

`app.create_app(services)` is the whole of it; `server.serve` answers on an address. Everything a page needs
comes in through the `ReaderServices`, so that a test or a benchmark can hand in its own.
"""
