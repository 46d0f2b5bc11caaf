"""Test doubles for everyone who writes a plugin: a real server on loopback, a stopped clock.

    from daybrief.testing import Route, StoppedClock, serve

    with serve({
        "https://export.arxiv.org/api/query?start=0": Route(path, media_type="application/atom+xml"),
        "https://rss.arxiv.org/*": Route(b"<rss/>", media_type="application/rss+xml"),  # a prefix
        "https://api.example.org/items": [Route(status=503), Route(b"[]")],  # one after the other
    }) as site:
        items = list(source.collect(window, site.web))
    assert [r.url for r in site.requests] == [...]

`site.web` is the real adapter with all its manners; only its last step, the connection, ends at the loopback
server whatever the host (`https://` needs no certificate), and its clock is `site.clock`, a `StoppedClock`
that its waits move on, so nothing sleeps. An address without a route is answered with 404. The exact address
wins over prefixes, the longest prefix over shorter ones; the query is part of the address.

`Route(body=b"", *, media_type=..., status=200, headers={}, etag="", last_modified="", ...)`: `body` is bytes,
text, or the Path of a recorded file. With `etag` or `last_modified` a conditional request is answered 304.
Misbehaviour is spelt `stall_s`, `drip_s`, `cut_at`, `endless`, `raw`; see `Route`.

`site.requests` is the list of `Seen`: method, url, host, path, headers (lower-case names), body, arrived and
left. `site.new_web(settings)` makes another adapter, `site.url` is the server's own address.
"""

from daybrief.testing.server import Route, Seen, Site, StoppedClock, serve

__all__ = ["Route", "Seen", "Site", "StoppedClock", "serve"]
