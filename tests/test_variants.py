"""What is chosen among representations: laws of the one function and of its tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkgraph.negotiate import CODINGS, DOCUMENT, GRAPH, HTML, LANGUAGES, profile_weights
from parkgraph.variants import (
    DESCRIPTION,
    PARK,
    PLAIN,
    PROFILES,
    SCHEMA_ORG,
    Choice,
    Variant,
    Wish,
    choose,
    variants,
)

TABLES = (DESCRIPTION, variants(DOCUMENT, PARK, SCHEMA_ORG), variants(GRAPH, PARK))
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def said(choice: Choice) -> str:
    """Extension, profile, language and coding, or 406."""
    if choice.variant is None:
        return "406"
    row = choice.variant
    parts = (row.form.extension, row.profile.token, choice.language, choice.coding)
    return " ".join(part for part in parts if part)


# The law, the wish, what is chosen, and the headers that it hangs on.
CHOICES = [
    ("no wish", Wish(), "ttl park identity", "A P E"),
    ("a browser", Wish(BROWSER), "html park en identity", "A P L E"),
    ("a suffix hears no Accept", Wish("text/html", suffix="nt"), "nt park identity", "E"),
    (
        "nor Accept-Profile",
        Wish(accept_profile=f"<{PLAIN.iri}>", suffix="nt"),
        "nt park identity",
        "E",
    ),
    ("a suffix and a profile", Wish(suffix="nt", profile="plain"), "nt plain identity", "E"),
    ("a suffix wins", Wish(suffix="nt", media_type="text/turtle"), "nt park identity", "E"),
    ("a media type", Wish("text/html", media_type="text/turtle"), "ttl park identity", "P E"),
    ("a short name", Wish(media_type="rdf"), "rdf park identity", "P E"),
    ("a profile by its name", Wish(profile="schema.org"), "ttl schema.org identity", "A E"),
    ("by its IRI", Wish(profile=PLAIN.iri), "ttl plain identity", "A E"),
    (
        "a named profile wins",
        Wish(accept_profile=f"<{PLAIN.iri}>", profile="park"),
        "ttl park identity",
        "A E",
    ),
    (
        "a header of profiles",
        Wish(accept_profile=f"<{PLAIN.iri}>;q=0.5, <https://schema.org/>"),
        "ttl schema.org identity",
        "A P E",
    ),
    (
        "another name of it",
        Wish(accept_profile="<http://schema.org/>"),
        "ttl schema.org identity",
        "A P E",
    ),
    ("any profile", Wish(accept_profile="<urn:x>, *;q=0.1"), "ttl park identity", "A P E"),
    (
        "any but one",
        Wish(accept_profile=f"*, <{PARK.iri}>;q=0"),
        "ttl plain identity",
        "A P E",
    ),
    ("an unknown profile", Wish(accept_profile="<urn:x>"), "406", "A P E"),
    (
        "a header that says nothing",
        Wish(
            accept_profile="plain, <",
        ),
        "ttl park identity",
        "A P E",
    ),
    ("an unknown name", Wish(profile="x"), "406", "A E"),
    ("a page has no other profile", Wish("text/html", profile="plain"), "406", "A E"),
    (
        "a browser that asks for one gets data",
        Wish(BROWSER, profile="schema.org"),
        "rdf schema.org identity",
        "A E",
    ),
    ("a page by suffix", Wish(suffix="html"), "html park en identity", "L E"),
    ("in a language", Wish(suffix="html", language="zh"), "html park zh identity", "E"),
    (
        "a named language wins",
        Wish(BROWSER, accept_language="zh", language="en"),
        "html park en identity",
        "A P E",
    ),
    (
        "a language there is not",
        Wish(suffix="html", accept_language="zh", language="xx"),
        "html park zh identity",
        "L E",
    ),
    ("data has no language", Wish(accept_language="zh"), "ttl park identity", "A P E"),
    ("codings", Wish(accept_encoding="gzip, deflate, br, zstd"), "ttl park zstd", "A P E"),
    ("a coding", Wish(accept_encoding="gzip"), "ttl park gzip", "A P E"),
    ("none refused", Wish(accept_encoding="identity;q=0"), "406", "A P E"),
    ("no identity", Wish(accept_encoding="identity;q=0, br"), "ttl park br", "A P E"),
    ("a type there is not", Wish("image/png"), "406", "A P E"),
    ("a media type there is not", Wish(media_type="image/png"), "406", "P E"),
]
AXES = {
    "A": "Accept",
    "P": "Accept-Profile",
    "L": "Accept-Language",
    "E": "Accept-Encoding",
}


@pytest.mark.parametrize(("law", "wish", "chosen", "vary"), CHOICES, ids=[c[0] for c in CHOICES])
def test_choices(law: str, wish: Wish, chosen: str, vary: str):
    """What a description comes in, by each axis and by what wins over what (http.md §2)."""
    found = choose(wish, DESCRIPTION)

    assert said(found) == chosen
    assert found.vary == tuple(AXES[axis] for axis in vary.split())


IRIS = st.sampled_from([*(p.iri for p in PROFILES), "urn:x", "http://schema.org/", "a,b;c"])
WEIGHTS = st.sampled_from(["", ";q=1", ";q=0.5", ";q=0", ";q=0.001", "; q=0.9", ";q=x"])
PROFILE_HEADERS = st.lists(
    st.builds(lambda i, q: f"<{i}>{q}", IRIS, WEIGHTS) | st.just("*"), max_size=4
)
TYPES = st.sampled_from(
    [*(f.media_type for f in DOCUMENT), "*/*", "text/*", "application/*", "image/png", "x"]
)
HEADERS = st.lists(st.builds(lambda t, q: f"{t}{q}", TYPES, WEIGHTS), max_size=4).map(", ".join)
NONE = st.none()
WISHES = st.builds(
    Wish,
    accept=NONE | HEADERS | st.text(max_size=40),
    accept_profile=NONE | PROFILE_HEADERS.map(", ".join) | st.text(max_size=40),
    accept_language=NONE | st.sampled_from(["en", "zh", "zh-Hant, en;q=0.1", "*", ""]),
    accept_encoding=NONE | st.sampled_from(["", "gzip", "br, gzip;q=0.5", "*;q=0", "identity;q=0"]),
    suffix=NONE | st.sampled_from(["ttl", "html", "nt", "xyz"]),
    media_type=st.sampled_from(["", "", "text/turtle", "html", "image/png"]),
    profile=st.sampled_from(["", "", "park", "plain", "schema.org", "x"]),
    language=st.sampled_from(["", "en", "zh", "xx"]),
)


@given(WISHES, st.sampled_from(TABLES))
def test_a_choice_is_offered(wish: Wish, table: tuple[Variant, ...]):
    """Whatever is wished for: what is chosen is there, once, in a known language and coding."""
    found = choose(wish, table)

    assert found.variant is None or found.variant in table
    assert bool(found.language) == (found.variant is not None and found.variant.form == HTML)
    assert found.language in ("", *LANGUAGES)
    assert found.coding in ("identity", *CODINGS)
    assert len(set(found.vary)) == len(found.vary)


@given(WISHES, WISHES, st.sampled_from(TABLES))
def test_vary_tells_what_matters(wish: Wish, other: Wish, table: tuple[Variant, ...]):
    """A header that Vary does not name changes nothing, whatever it says (RFC 9110 §12.5.5)."""
    found = choose(wish, table)
    names = {
        "Accept": "accept",
        "Accept-Profile": "accept_profile",
        "Accept-Language": "accept_language",
        "Accept-Encoding": "accept_encoding",
    }
    unheard = {n: getattr(other, n) for axis, n in names.items() if axis not in found.vary}
    values = {name: getattr(wish, name) for name in wish.__dataclass_fields__}

    assert choose(Wish(**{**values, **unheard}), table) == found


@given(WISHES, st.sampled_from(TABLES))
def test_what_is_named_is_got(wish: Wish, table: tuple[Variant, ...]):
    """A suffix, a media type or a profile that is named is got, or nothing is."""
    found = choose(wish, table).variant
    if found and wish.suffix is not None:
        assert found.form.extension == wish.suffix
    elif found and wish.media_type:
        assert wish.media_type in (found.form.media_type, found.form.extension)
    if found and wish.profile:
        assert found.profile.token == wish.profile


@given(st.permutations(list(DESCRIPTION)))
def test_weights_decide_before_order(table: list[Variant]):
    """Where each form has a weight of its own, the order of the table does not matter."""
    accept = ", ".join(f"{f.media_type};q=0.{9 - n}" for n, f in enumerate(DOCUMENT))
    wish = Wish(accept, profile="plain")

    assert said(choose(wish, tuple(table))) == "ttl plain identity"


@pytest.mark.parametrize(
    ("header", "weights"),
    [
        (None, {}),
        ("<urn:a>, <urn:B>;q=0.5", {"urn:a": 1.0, "urn:B": 0.5}),
        ("<urn:a,b;c>", {"urn:a,b;c": 1.0}),
        ("<urn:a>;q=0.1, <urn:a>;q=0.2", {"urn:a": 0.2}),
        ("*;q=0.1", {"*": 0.1}),
        ("urn:a, <>, <urn:b", {}),
        ("<urn:a>;q=2, <urn:b>;q=0.0001", {}),
        ("<" * 9000, {}),
    ],
)
def test_accept_profile(header: str | None, weights: dict[str, float]):
    """IRIs in angle brackets with weights; a comma in an IRI is part of it; the rest is ignored."""
    assert profile_weights(header) == weights
