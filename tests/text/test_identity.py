"""The same thing has the same key wherever it was found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from url_normalize import url_normalize

from daybrief.errors import ConfigError
from daybrief.text.identity import arxiv_id, clean_url, doi, hidden, key_of, shown, site_beside, web_key


@pytest.mark.parametrize(
    "spelling",
    [
        "2411.15124",
        "2411.15124v2",
        "arXiv:2411.15124",
        "oai:arXiv.org:2411.15124",
        "doi:10.48550/arXiv.2411.15124",
        "http://arxiv.org/abs/2411.15124v1",
        "https://export.arxiv.org/abs/2411.15124",
        "https://www.arxiv.org/pdf/2411.15124v3.pdf",
        "https://arxiv.org/html/2411.15124v1/",
        "https://arxiv.org/abs/2411.15124?context=cs.LG",
        "https://huggingface.co/papers/2411.15124",
        "https://www.alphaxiv.org/abs/2411.15124",
        "https://doi.org/10.48550/arXiv.2411.15124",
    ],
)
def test_every_spelling_of_a_paper_gives_its_id_without_version(spelling: str) -> None:
    identified = arxiv_id(spelling)
    assert identified is not None
    assert identified[0] == "2411.15124"


def test_old_ids_and_versions_are_read() -> None:
    assert arxiv_id("http://arxiv.org/abs/astro-ph/0601001v2") == ("astro-ph/0601001", 2)
    assert arxiv_id("math.GT/0309136") == ("math.GT/0309136", None)


@pytest.mark.parametrize(
    "not_a_paper",
    ["", "2411.1", "2413.15124", "https://example.com/abs/2411.15124", "https://arxiv.org/list/cs.AI/new",
     "https://arxiv.org.evil.example/abs/2411.15124", "http://[::1", "2411.15124v0"],
)  # fmt: skip
def test_what_only_looks_like_a_paper_is_none(not_a_paper: str) -> None:
    assert arxiv_id(not_a_paper) is None


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("http://example.com/a", "https://www.example.com/a/"),
        ("https://example.com/a?utm_source=x&id=3#top", "https://example.com/a?id=3"),
        ("https://EXAMPLE.com:443/a/../b", "https://example.com/b"),
        ("https://example.com/%7Euser", "https://example.com/~user"),
        ("https://doi.org/10.1000/XYZ", "https://dx.doi.org/10.1000/xyz"),
        ("https://deeplearn.org/arxiv/1/a:-b", "https://deeplearn.org/arxiv/1/a%3A-b"),
    ],
)
def test_two_spellings_of_one_address_have_one_key(first: str, other: str) -> None:
    assert web_key(first) == web_key(other)


TRACKED = """
utm_source=rss utm_medium=feed&utm_campaign=x UTM_Source=x fbclid=1 gclid=1 gbraid=1 wbraid=1 dclid=1
msclkid=1 yclid=1 ysclid=1 twclid=1 ttclid=1 li_fat_id=1 igshid=1 igsh=1 epik=1 srsltid=1
mc_cid=1&mc_eid=2 _hsenc=1&_hsmi=2 __hstc=1&__hssc=2&__hsfp=3 hsCtaTracking=1 mkt_tok=1 ml_subscriber=1
vero_id=1 oly_enc_id=1 wickedid=1 rb_clickid=1 s_cid=1 ref=hn ref_src=twsrc ref_url=x referrer=x cmpid=1
ncid=1 icid=1 ito=1 ocid=1 smid=tw smtyp=cur mbid=1 spm=1 pk_campaign=x mtm_source=x matomo_campaign=x
hsa_cam=1 at_medium=RSS&at_campaign=KARANGA itm_source=x source=rss----1 guccounter=1 soc_src=x _ga=1
gad_source=1&gad_campaignid=2 syclid=1 unicorn_click_id=1 taid=1 sourceId=x fb_comment_id=2 _bhlid=a
hss_channel=tw-1 ss_source=x&ss_email_id=2 _bta_tid=1&_bta_c=2
_gl=1 trk=x xtor=RSS-1 wt_mc=x rss=1 share_source=x
""".split()
NAMED = ["v3", "/post/2", "!/post/2", "2024-11-26", "release-2.1", "item4711", "section-5", "cap%C3%ADtulo"]
UNNAMED = ["", "top", "comments", "comment-12", "respond", "disqus_thread", "more-99", "content",
           ":~:text=a,b", "xtor=RSS-1", "utm_source=x", "ref=rss", "Echobox=17", ".Xyz", "rss"]  # fmt: skip


@pytest.mark.parametrize("tracking", TRACKED)
def test_what_tracks_a_reader_belongs_to_no_key(tracking: str) -> None:
    assert web_key(f"https://example.com/a?{tracking}") == web_key("https://example.com/a")
    assert web_key(f"https://example.com/a?id=3&{tracking}") == web_key("https://example.com/a?id=3")


@pytest.mark.parametrize(
    "address",
    ["https://github.com/a/b/blob/x?ref=v2", "https://example.com/a?page=2", "https://example.com/?p=17",
     "https://example.com/a?source=2", "https://www.youtube.com/watch?v=1", "https://example.com/a?s=1&t=2",
     "https://example.com/read.php?id=5&lang=ko", "https://example.com/view?post_id=7",
     "https://example.com/view?ss_id=7"],
)  # fmt: skip
def test_a_parameter_that_names_the_page_stays(address: str) -> None:
    assert "?" in clean_url(address)
    assert web_key(address) != web_key(address.partition("?")[0])


def test_a_name_tracks_only_where_it_does() -> None:
    assert web_key("https://www.youtube.com/watch?v=1&si=abc&feature=share") == web_key(
        "https://youtube.com/watch?v=1"
    )
    assert web_key("https://x.com/a/status/1?s=20&t=x") == web_key("https://x.com/a/status/1")


@pytest.mark.parametrize("fragment", NAMED)
def test_a_fragment_that_may_name_an_entry_belongs_to_the_key(fragment: str) -> None:
    page = "https://example.com/changelog"
    assert web_key(f"{page}#{fragment}") not in (web_key(page), web_key(f"{page}#other-entry"))


@pytest.mark.parametrize("fragment", UNNAMED)
def test_a_fragment_of_every_page_belongs_to_none(fragment: str) -> None:
    assert web_key(f"https://example.com/a#{fragment}") == web_key("https://example.com/a")


def test_different_pages_keep_different_keys() -> None:
    pages = ["https://a.example/x", "https://a.example/y", "https://a.example/x?id=1", "https://b.example/x",
             "https://a.example:8080/x", "https://a.example/#!/x"]  # fmt: skip
    assert len({web_key(p) for p in pages}) == len(pages)


@pytest.mark.parametrize(
    "hostile",
    ["javascript:alert(1)", "data:text/html,x", "//example.com/a", "/a", "ftp://example.com/", "http://",
     "https://user:pw@example.com/", "https://example.com:99999/", "h" * 10_000, "https://" + "a" * 5_000],
)  # fmt: skip
def test_what_is_no_web_address_is_refused_by_name(hostile: str) -> None:
    with pytest.raises(ConfigError):
        clean_url(hostile)


def test_a_doi_is_found_without_trailing_punctuation() -> None:
    assert doi("see https://doi.org/10.1145/3442188.3445922).") == "10.1145/3442188.3445922"
    assert doi("no such thing") is None


@given(st.text(max_size=200))
def test_any_text_gives_a_key_or_a_clear_refusal(text: str) -> None:
    try:
        key = web_key(text)
    except ConfigError:
        return
    assert key.startswith(("arxiv:", "doi:", "url:"))


@given(st.from_regex(r"https?://[a-z]{1,9}\.example/[a-zA-Z0-9:?=&/._~%-]{0,40}", fullmatch=True))
def test_cleaning_twice_changes_nothing_more(url: str) -> None:
    once = clean_url(url)
    assert clean_url(once) == once
    assert web_key(once) == web_key(url)


@given(
    host=st.sampled_from(["a.com", "b-c.org", "a.b.com", "xn--a.com", "A.com", "a.-d.com", "9.9", "a.com."]),
    path=st.lists(st.sampled_from(["", ".", "..", "a", "a.", ".b", "~", "A", "a-b", "%41"]), max_size=3),
)
def test_an_address_that_is_passed_as_clean_is_what_the_normaliser_makes_of_it(
    host: str, path: list[str]
) -> None:
    url = f"https://{host}/{'/'.join(path)}"
    try:
        clean = clean_url(url)
    except ConfigError:
        return
    assert clean == str(url_normalize(url))


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("at https://a.example/x?q=s3cret.", "at https://a.example/x."),
        ("(http://me:s3cret@a.example:8080/x#s3cret), then", "(http://a.example:8080/x), then"),
        (
            "'https://a.example/0123456789abcdef01234567/rss'",
            f"'{hidden('https://a.example/0123456789abcdef01234567/rss')}'",
        ),
        ("http://[::s3cret", "https://…"),
        ("no address: https is spelt so", "no address: https is spelt so"),
        ("https://a.example/a https://b.example/b?s3cret", "https://a.example/a https://b.example/b"),
    ],
)
def test_an_address_that_is_told_holds_no_secret(text: str, seen: str) -> None:
    assert shown(text) == seen
    assert "s3cret" not in shown(text)


def test_a_password_before_the_host_is_hidden_always_in_the_same_way() -> None:
    once = hidden("https://me:s3cret@a.example/rss")
    assert "s3cret" not in once
    assert hidden(once) == once


@pytest.mark.parametrize(
    ("name", "key"),
    [
        (" arXiv:2411.15124v2 ", "arxiv:2411.15124"),
        ("HTTPS://example.org/a?utm_source=x", "url:example.org/a"),
        ("url:example.org/a", "url:example.org/a"),
        ("doi:10.1000/ABC", "doi:10.1000/abc"),
        ("10.1000/ABC", "doi:10.1000/abc"),
    ],
)
def test_what_a_person_names_has_the_key_of_the_thing(name: str, key: str) -> None:
    assert key_of(name) == key


@pytest.mark.parametrize(
    ("url", "source", "site"),
    [
        ("https://www.theverge.com/a", "The Verge AI", ""),
        ("https://www.theverge.com/a", "hacker_news", "theverge.com"),
        ("https://simonwillison.net/2026/a", "Simon Willison's Blog", ""),
        ("https://blogs.example.co.uk/a", "hacker_news", "blogs.example.co.uk"),
        ("https://github.com/a/b", "GitHub Trending Repos", ""),
        ("", "hacker_news", ""),
        ("https://localhost/a", "hacker_news", ""),
    ],
)
def test_a_host_stands_beside_a_source_whose_name_does_not_say_it(url: str, source: str, site: str) -> None:
    assert site_beside(url, (source,)) == site


@pytest.mark.parametrize("name", ["", "tulu", "url:" + "a" * 10_000, "ftp://example.org/a", "10.x"])
def test_what_names_nothing_is_refused(name: str) -> None:
    with pytest.raises(ConfigError) as refused:
        key_of(name)
    assert refused.value.hint
