"""What the scan of a query text finds, and how a text that does not parse is explained."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Store

from parkgraph.query.scan import DEEPEST, LONGEST, scan, tokens
from parkgraph.query.syntax import explain
from parkgraph.vocab import PREFIXES

REFUSED = [
    "SELECT * { SERVICE <http://x/> { ?s ?p ?o } }",
    "SELECT * { service silent <http://x/> { ?s ?p ?o } }",
    "SELECT * { SeRvIcE # a comment <between>\n <http://x/> { } }",
    "SELECT * { SERVICE?x{} }",
    "SELECT * { ?s ?p 1SERVICE<x:y>{} }",
    "SELECT * { ?s ?p ?o.SERVICE<x:y>{} }",
    "SELECT * { \\u0053ERVICE <http://x/> { } }",
    "SELECT * { S\\U00000045RVICE <http://x/> { } }",
    # An escape is its character before anything is parsed: this closes the string.
    'SELECT * { ?s ?p "\\u0022 . SERVICE <x:y> {} #" }',
    # Oxigraph reads a keyword and a name where no such prefix is declared.
    "PREFIX e: <x:> SELECT * { SERVICEe:a { } }",
    "PREFIX : <x:> SELECT * { SERVICE:a { } }",
    "PREFIX e: <x:> SELECT * { ?s ?p e:a.b.SERVICE<x:y>{} }",
    "PREFIX service: <x:> PREFIX : <y:> SELECT * { ?s ?p ?o . service:x { } }",
    "PREFIXe: <x:> SELECT * { serviceSILENTe:a { } }",
    "PREFIX e: <x:> SELECT * { ?s a e:a.SERVICE<x:y> {} }",
    "PREFIX e: <x:> SELECT * { ?s ?p e:a.SERVICEe:y {} }",
    "PREFIX e: <x:> SELECT * { ?s ?p e:a.b.SERVICE SILENT <x:y> {} }",
    # A long string with an unknown escape is none: it is two short ones.
    "SELECT * { VALUES ?x {''' '} SERVICE <x:y> {} #\\x'''\n}",
    # A less-than with something that looks like an IRI after it, and hides a quote or comment.
    "SELECT * { ?s ?p ?o FILTER(?o<?b&&?c='>') SERVICE <x:y> {} FILTER(?o = '') }",
    "SELECT * { ?s ?p ?o FILTER(?s<<#x>)SERVICE?s{} }",
    "SELECT * { ?s ?p 1 FILTER(?s <#x> '''\n 5) SERVICE <x:y> {} #'''\n}",
]

HARMLESS = [
    "SELECT ?service { ?service ?p $service }",
    "PREFIX ex: <x:> SELECT * { ?s ex:service ?x { ?a ?b ?c } }",
    "PREFIX service: <x:> SELECT * FROM service:g { GRAPH service:g { ?s service:p service:o } }",
    "SELECT * { <http://x/service> ?p 'service', \"SERVICE <x> {\", '''it's a service''' }",
    "SELECT * { ?s ?p ?o } # SERVICE <http://x/> {}",
    "SELECT * { ?s ?p 'a\\'b SERVICE <x> {} ' }",
    "PREFIX : <x:> PREFIX service: <y:> ASK { ?x service:a ?y OPTIONAL { ?y :b ?z } }",
    "PREFIX e: <x:> ASK { ?x e:a.service ?y OPTIONAL { ?y e:b ?z } }",
    "SELECT * { ?s <urn:x:service> ?o ; <http://x#it's> 'service' }",
    "SELECT * { ?s ?p ?o FILTER(?a < 5 && ?b > 3) } # service",
    "SELECT * { _:service ?p 'x'@en-service }",
    "PREFIX e: <x:> SELECT * { ?s e:service\\'s/e:x ?o . ?s e:it%27s 'service' }",
    "PREFIX service: <x:> SELECT * { ?s ?p service:x { ?a ?b ?c } }",
    "PREFIX service: <x:> SELECT * { ?s ?p service:x . { ?a ?b ?c } }",
    "PREFIX e: <x:> SELECT * { GRAPH e:my.service { ?s a e:my.service { ?a ?b ?c } } }",
    "SELECT * { ?s <#it's> ?o ; <urn:x:customer#service> 'service' }",
    "SELECT * { ?s ?p ?o FILTER(?o > 1) ?s <#name> 'a service' }",
]

FORMS = [
    ("SELECT * {}", "select"),
    ("\n# a comment: INSERT\nPREFIX insert: <x:>\nBASE <y:> ask {}", "ask"),
    ('VERSION "1.2" CONSTRUCT WHERE {}', "construct"),
    ("PREFIX a:<b#>#c\nDESCRIBE <x:y>", "describe"),
    ("PREFIX a: <x:> INSERT DATA { a:a a:b a:c }", "update"),
    ("with <x:> delete {} where {}", "update"),
    ("DROP ALL", "update"),
    ("", None),
    ("hello", None),
    ("<http://x/> { SELECT", "select"),
]

VOLATILE = [
    ("SELECT (RAND() AS ?x) {}", True),
    ("SELECT * { BIND(now ( ) AS ?x) }", True),
    ("SELECT (STRUUID() AS ?x) {}", True),
    ("SELECT (BNODE('x') AS ?x) {}", True),
    ("SELECT ?s { ?s ?p ?o } ORDER BYUUID()", True),
    ("SELECT ?now { ?rand ?uuid 'now()', <x:rand()> } # bnode()", False),
    ("PREFIX foaf: <x:> SELECT * { ?s foaf:knows ?o ; foaf:now (1 2) }", False),
]

UNPARSED = [
    ("SELECT * {", "query:1:11", "a closing '}'", "ends too early"),
    ("SELECT * { ?s ?p ?o\n ]", "query:2:2", "a closing '}', ',', '.', ';', '{'", "    ^"),
    ("SELCT * { ?s ?p ?o }", "query:1:1", "SELECT, ASK, CONSTRUCT or DESCRIBE", "'SELECT'"),
    ("SELECT * { ?s a <x:y> . FILTR(?s = 1) }", "query:1:25", "got 'FILTR'", "'FILTER'"),
    ("SELECT * {\n ?s ?p 12 13 }", "query:2:11", "got '13'", "    ^"),
    ("SELECT * { ?s skos:a ?o }", "query:1:15", "'skos:' is not declared", PREFIXES["skos"]),
    ("PREFIX a: <x:> SELECT * { ?s aa:b 1 }", "query:1:30", "'aa:'", "did you mean 'a'"),
    ("SELECT * { ?s <x> ?o }", "query:1:15", "not a valid IRI", "declare BASE"),
    ("SELECT * { ?s ?p 'abc }", "query:1:18", "string is not closed", "close it"),
    ("SELECT * {?s ?p ?o} GROUP BY ?s", "query:1:32", "SELECT * is not authorized", "here"),
    ("SELECT * { FILTER(regex(?x, 'a' 'b')) }", "query:1:33", "'^^', got \"'b'\"", "here"),
    ("SELECT * { ?s ?p ?o } LIMIT ten", "query:1:29", "expected a number", "here"),
    ("# nothing\n", "query", "is empty", ""),
]

ADVERSARIES = [
    "'''",
    "'",
    '"',
    "<",
    "<a",
    "\\",
    "\\u",
    "a.",
    ":",
    ".",
    " ",
    "#service",
    "''\"",
    "()",
]
ADVERSARIES += ["'''a\\x", "\\u0041", "@a-", "?a<#b'>", "1.", "a:%", "service:a ", "<<", "now("]


@pytest.mark.parametrize("text", REFUSED)
def test_service_is_refused_however_it_is_written(text):
    """A text that any engine could read as a SERVICE call is refused."""
    refusal = scan(text).refusal

    assert refusal is not None
    assert (refusal.kind, refusal.finding.code) == ("service", "PG602")


@pytest.mark.parametrize("text", HARMLESS)
def test_service_as_a_name_or_text_is_no_call(text):
    """The word may stand in strings, comments, IRIs, names and variables."""
    assert scan(text).refusal is None


@pytest.mark.parametrize(("text", "form"), FORMS)
def test_the_form_is_the_first_word_after_the_prologue(text, form):
    """Prefixes, comments and IRIs tell no form; an update is told, and refused."""
    found = scan(text)

    assert found.form == form
    assert (found.refusal is not None) == (form == "update")


@pytest.mark.parametrize(("text", "volatile"), VOLATILE)
def test_calls_that_never_answer_the_same_twice_are_found(text, volatile):
    """RAND, NOW, UUID, STRUUID and BNODE count where they are called, not where they are named."""
    assert scan(text).volatile is volatile


@pytest.mark.parametrize("brackets", ["()", "[]", "{}", ("<<", ">>")])
def test_nesting_ends_at_the_limit(brackets):
    """Brackets may be open as deep as the limit and no deeper; those in strings do not count."""
    opening, closing = brackets
    deep = f"SELECT {opening * DEEPEST} '{opening * 99}' {closing * DEEPEST}"
    too_deep = f"SELECT * {opening * (DEEPEST + 1)}"

    assert scan(deep).refusal is None
    refusal = scan(too_deep).refusal
    assert refusal is not None
    assert (refusal.kind, refusal.finding.code) == ("nesting", "PG604")
    assert refusal.finding.where == f"query:1:{10 + DEEPEST * len(opening)}"


def test_many_brackets_side_by_side_are_fine():
    """A long list of values is no deep one."""
    assert scan(f"SELECT * {{ VALUES (?x) {{ {'(1) ' * 5000} }} }}").refusal is None


def test_length_counts_in_bytes():
    """A text as long as the limit is read, one byte more is refused: characters do not count."""
    filled = "SELECT * {} #" + "é" * ((LONGEST - 14) // 2)
    long = filled + "x" * (LONGEST - len(filled.encode()))

    assert scan(long).refusal is None
    refusal = scan(long + "x").refusal
    assert refusal is not None
    assert (refusal.kind, refusal.finding.code) == ("too-long", "PG604")


@given(st.text(st.sampled_from("SELECT service{}()[]<>'\"\\#:.?ux0 \n\r") | st.characters()))
def test_any_text_is_read(text):
    """The scan never fails, and its tokens leave out nothing but white space."""
    scan(text)

    rest = text
    for _, word, _ in tokens(text):
        before, found, rest = rest.partition(word)
        assert found
        assert not before.strip(" \t\r\n")
    assert not rest.strip(" \t\r\n")


@pytest.mark.unmeasured
@pytest.mark.parametrize("piece", ADVERSARIES)
def test_the_scan_is_linear(piece):
    """No repetition makes a text of the longest kind slow to read."""
    text = (piece * LONGEST)[: LONGEST - 1]

    began = time.process_time()
    scan(text)
    assert time.process_time() - began < 5


_GAP = st.sampled_from(["", " ", "\n", "#c\n", "#'\n", "#'''\r", '#"\n', "#<\n"])
_TERMS = r"""
    ?s e:a e:a.b <x:y> <#x> <#'> <urn:a'b> 1 .5 'a' '' '''b''' true e:service '#' ?service
    e:a\'b service:a :a servicee:a e:a.service e:a.service:a '}SERVICE<x:y>{}'"""
_TERM = st.sampled_from(_TERMS.split())
_FILTER = st.tuples(_TERM, _GAP, st.sampled_from(["<", ">", "<=", "&&"]), _GAP, _TERM)
_PATTERN = st.one_of(
    st.tuples(
        _TERM,
        _GAP,
        st.sampled_from([" e:p ", " a "]),
        _GAP,
        _TERM,
        st.sampled_from([".", " ", ";"]),
    ),
    _FILTER.map(lambda parts: ("FILTER(", *parts, ")")),
    st.tuples(
        st.sampled_from(["SERVICE", "service", "SERVICESILENT", "SERVICE SILENT"]),
        *(_GAP, _TERM, _GAP, st.just("{}")),
    ),
    st.lists(_TERM, max_size=3).map(lambda terms: ("VALUES ?v{", *terms, "}")),
)
_BODY = st.lists(st.tuples(_PATTERN, _GAP), min_size=1, max_size=5).map(
    lambda body: "".join("".join(parts) + gap for parts, gap in body)
)
_PROLOGUE = st.sampled_from(["", "PREFIX :<d:>", "PREFIXservice:<s:>", "PREFIX servicee:<z:>"])
_QUERY = st.tuples(_PROLOGUE, _BODY).map("PREFIX e:<e:>{0[0]}SELECT*{{{0[1]}}}".format)


@settings(max_examples=300, deadline=None)
@given(_QUERY)
def test_no_call_that_the_parser_sees_is_missed(text):
    """Where SERVICE spelt wrongly breaks a query that parses, it was a call: it is refused."""
    if _parses(text) and not _parses(re.sub("(?i)service", "servicx", text)):
        refusal = scan(text).refusal
        assert refusal is not None
        assert refusal.kind == "service"


@pytest.mark.parametrize(("text", "where", "message", "advice"), UNPARSED)
def test_a_text_that_does_not_parse_is_explained(text, where, message, advice):
    """The place is that of the wrong token, the words are few, the line is shown with a caret."""
    finding = explain(text, _message(text) or "", _message).finding

    assert finding.code == "PG601"
    assert finding.where == where
    assert message in finding.message
    assert advice in finding.help
    assert len(finding.message) < 200


@given(st.text(st.sampled_from("SELECT*{}?sp<x:>'\"\\#.;, \n(1)") | st.characters()))
@settings(deadline=None)
def test_any_refused_text_can_be_explained(text):
    """The explanation never fails, and points into the text."""
    message = _message(text)
    if message is not None:
        finding = explain(text, message, _message).finding
        line = int(finding.where.split(":")[1]) if ":" in finding.where else 1
        assert 1 <= line <= text.count("\n") + 1


def _message(text: str) -> str | None:
    try:
        Store().query(text)
    except SyntaxError as error:
        return str(error)
    except (ValueError, RuntimeError, OSError):
        return None
    return None


def _parses(text: str) -> bool:
    try:
        Store().query(text, base_iri="http://x/")
    except SyntaxError:
        return False
    except (RuntimeError, OSError):
        return True
    return True


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("true.}", ["true", ".", "}"]),
        ("e:a.b..", ["e:a.b", ".", "."]),
        ("_:b.", ["_:b", "."]),
        ("1e SERVICE", ["1", "e", "SERVICE"]),
        ("1.SERVICE", ["1", ".", "SERVICE"]),
        ("2.5e+x", ["2.5", "e", "+", "x"]),
        ("@en-;", ["@en", "-", ";"]),
        ("e:%2", ["e:", "%", "2"]),
        ("'a\\", ["'", "a", "\\"]),
        ("'''a''", ["''", "'a'", "'"]),
        ("<a\\u00", ["<", "a", "\\", "u00"]),
    ],
)
def test_what_a_token_does_not_take_is_the_next_one(text: str, words: list[str]):
    """Possessive groups of early Pythons 3.11 lose what they take before they fail."""
    assert [word for _, word, _ in tokens(text)] == words
