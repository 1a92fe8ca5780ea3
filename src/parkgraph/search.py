"""Full-text search over names, descriptions and source texts (SQLite FTS5).

The tokenizer takes a run of Chinese characters for one word. So each is indexed as a word of its
own, set apart by a character that no text shows, and a run of them is looked for as a phrase.
"""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from parkgraph.graphfile import BULK, Described, finished
from parkgraph.rdf import Literal, NamedNode, Quad
from parkgraph.vocab import term

#: How many rows are looked at for one question: beyond them nobody reads on.
MOST: Final = 1_000
#: What is read of a question: characters, and words.
LONGEST: Final = 200
MAX_WORDS: Final = 12
#: Words of a snippet; a Chinese character counts as one.
_SNIPPET: Final = 32

#: Known words that are compared with one that nothing begins with.
_MOST_TERMS: Final = 5_000

#: Properties that name a thing, and those that tell of it.
NAMES: Final = tuple(
    term(name)
    for name in (
        "rdfs:label",
        "skos:prefLabel",
        "skos:altLabel",
        "skos:hiddenLabel",
        "skos:notation",
        "dcterms:title",
        "foaf:name",
        "schema:name",
    )
)
_ABOUT: Final = tuple(
    term(name)
    for name in (
        "dcterms:description",
        "skos:definition",
        "skos:scopeNote",
        "skos:example",
        "rdfs:comment",
        "park:mission",
        "park:positionNote",
    )
)
_TOLD: Final = frozenset((*NAMES, *_ABOUT))
_TYPE: Final = term("rdf:type")
#: What is found first among equals; what is not named here weighs 1.
_WEIGHTS: Final = {
    term("park:Park"): 3.0,
    term("org:Organization"): 2.0,
    term("schema:Place"): 1.5,
    term("park:Network"): 1.5,
    term("schema:Service"): 1.5,
    term("park:Strategy"): 1.5,
    term("org:Site"): 0.4,
    term("org:Membership"): 0.4,
    term("rdf:Statement"): 0.4,
}
#: A version of a document bears the document's own name.
_VERSION_OF: Final = term("dcterms:isVersionOf")
#: Terms of an ontology are fragments, and worth finding all the same.
_TERMS: Final = frozenset(map(term, ("owl:Class", "owl:ObjectProperty", "owl:DatatypeProperty")))

_SCHEMA: Final = """
create virtual table search using fts5(
  names, about, others, slug, iri unindexed, lang unindexed, place unindexed, weight unindexed,
  exact unindexed, tokenize = "unicode61 remove_diacritics 2", prefix = '1 2 3'
)
"""
_FIND: Final = """
select rowid, iri, place from search where search match ?
order by instr(exact, ?) > 0 desc, bm25(search, 10, 3, 2, 2) * weight, rowid limit ?
"""
_SHOW: Final = """
select rowid, iri, lang, place,
  snippet(search, 0, char(2), char(3), '…', :size),
  snippet(search, 1, char(2), char(3), '…', :size),
  highlight(search, 1, char(2), '')
from search where search match :words and rowid in (select value from json_each(:rows))
"""

#: Zero-width space: the tokenizer ends a word at it, and it is taken out of what is shown.
_APART: Final = "\u200b"
#: Characters of scripts that are written without spaces: kana, Han with its extensions.
_UNSPACED: Final = "([\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])"
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\u200b]")


class SourceLine(NamedTuple):
    """A line of a source text: its document, the language, where it begins, and its words."""

    document: str
    lang: str
    place: str
    text: str


class Part(NamedTuple):
    """A piece of a snippet, and whether it is what was looked for."""

    text: str
    match: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing, or a line of a source text, that a question found.

    Attributes:
        lang: of ``names`` and ``about``.
        place: of a line of a text: as its :class:`SourceLine` has it; else empty.
        names: the part of its names that matches; empty if none does.
        about: the part of what tells of it that matches best, or its beginning.
        offset: the first character of the match in a line of a text.
    """

    iri: str
    lang: str
    place: str
    names: tuple[Part, ...]
    about: tuple[Part, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a question found: how many (``MOST`` at most), and those that were asked for."""

    count: int
    hits: tuple[Hit, ...]


def write_search(
    path: Path, things: Iterable[Described], lines: Iterable[SourceLine], *, whole: bool = False
) -> None:
    """Write the search index of things, as they come, and of texts.

    Args:
        path: where to.
        things: what is found by its names.
        lines: what is found by its words.
        whole: whether fragments are found too: in a publication those are claims and passages.
    """
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(BULK)
        connection.execute(_SCHEMA)
        marks = ", ".join("?" * 9)
        rows = (row for iri, quads in things for row in _rows(iri, quads, whole=whole))
        connection.executemany(f"insert into search values ({marks})", rows)  # noqa: S608  # question marks alone
        connection.executemany(f"insert into search values ({marks})", map(_line, lines))  # noqa: S608
        connection.execute("insert into search(search) values ('optimize')")


def _rows(iri: str, quads: Iterable[Quad], *, whole: bool) -> Iterator[tuple[object, ...]]:
    """A row for each language that a thing's texts are in."""
    names: dict[str, list[str]] = defaultdict(list)
    about: dict[str, list[str]] = defaultdict(list)
    types: list[NamedNode] = []
    for quad in quads:
        value = quad.object
        if quad.predicate == _VERSION_OF:
            return
        if quad.predicate == _TYPE and isinstance(value, NamedNode):
            types.append(value)
        elif isinstance(value, Literal) and quad.predicate in _TOLD:
            texts = names if quad.predicate in NAMES else about
            texts[value.language or ""].append(value.value)
    if names and (whole or "#" not in iri or _TERMS.intersection(types)):
        yield from _thing(iri, names, about, _weight(types))


def _weight(types: Iterable[NamedNode]) -> float:
    """The least that its types weigh if one weighs little, else the most."""
    known = [_WEIGHTS.get(name, 1.0) for name in types] or [1.0]
    return min(known) if min(known) < 1 else max(known)


def _thing(
    iri: str, names: Mapping[str, list[str]], about: Mapping[str, list[str]], weight: float
) -> Iterator[tuple[object, ...]]:
    exact = "\n".join(["", *dict.fromkeys(n.casefold() for v in names.values() for n in v), ""])
    slug = re.split("[/#]", iri.rstrip("/#"))[-1]
    for lang in sorted({*names, *about}):
        own = " · ".join(dict.fromkeys(names.get(lang, ())))
        rest = " · ".join(n for tag in names if tag != lang for n in dict.fromkeys(names[tag]))
        told = " ".join(dict.fromkeys(about.get(lang, ())))
        yield apart(own), apart(told), apart(rest), slug, iri, lang, "", weight, exact


def _line(line: SourceLine) -> tuple[object, ...]:
    return "", apart(line.text), "", "", line.document, line.lang, line.place, 1.0, ""


def source_lines(document: str, lang: str, version: str, text: str) -> Iterator[SourceLine]:
    r"""The lines of a text that hold words; the place of each is its version and first character.

    >>> [line.place for line in source_lines("urn:d", "en", "8d0d83c6", "ab\n\ncd")]
    ['8d0d83c6:0', '8d0d83c6:4']
    """
    start = 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            yield SourceLine(document, lang, f"{version}:{start}", line)
        start += len(line)


def apart(text: str) -> str:
    """A text with its Chinese and Japanese characters set apart.

    >>> apart("清华 TusPark").split("\u200b")
    ['', '清', '', '华', ' TusPark']
    """
    return _unspaced().sub(rf"{_APART}\1{_APART}", _CONTROL.sub("", text))


@cache
def _unspaced() -> re.Pattern[str]:
    return re.compile(_UNSPACED)  # takes milliseconds, and who starts has no text yet


def phrases(question: str) -> str:
    """A question in the language of FTS5; empty if there is no word in it.

    Each word is a quoted phrase whose end is open, so nothing in it is syntax. A number is looked
    for with its digits in groups and without.

    >>> phrases('清华 tus"park OR <b>')
    '"\u200b清\u200b\u200b华\u200b"* "tus""park"* "OR"* "<b>"*'
    >>> phrases("over 1500 firms")
    '"over"* "firms"* AND ("1500"* OR "1,500"*)'
    """
    words = apart(question[:LONGEST]).replace("\x7f", "").split()
    kept = [word for word in words if any(map(str.isalnum, word))][:MAX_WORDS]
    spelt = [list(map(_quoted, _spellings(word))) for word in kept]
    single = " ".join(one[0] for one in spelt if len(one) == 1)
    # FTS5 puts no AND of its own beside a bracket.
    several = [f"({' OR '.join(many)})" for many in spelt if len(many) > 1]
    return " AND ".join([single, *several] if single else several)


def _quoted(word: str) -> str:
    return '"{}"*'.format(word.replace('"', '""'))


def _spellings(word: str) -> list[str]:
    """A word, a number in it without groups of digits and with.

    Whatever stands between two groups ends a word of the index, so a comma stands for all of it.
    """
    plain = _GROUPS.sub("", word)
    grouped = _DIGITS.sub(lambda digits: f"{int(digits[0]):,}", plain)
    return list(dict.fromkeys((plain, grouped)))


#: The comma between groups of digits, and digits that may be grouped; of a fraction none are.
_GROUPS: Final = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_DIGITS: Final = re.compile(r"(?<![0-9.,])[1-9][0-9]{3,}")


class Search:
    """Asks a search index, from any thread."""

    def __init__(self, path: Path) -> None:
        self._uri = finished(path)

    def find(self, question: str, *, limit: int, offset: int = 0) -> Found:
        """What has every word of ``question``, the best first; a word may be the start of one."""
        words = phrases(question)
        if not words:
            return Found(0, ())
        exact = f"\n{' '.join(question.split()).casefold()}\n"
        with closing(sqlite3.connect(self._uri, uri=True)) as connection:
            found = connection.execute(_FIND, (words, exact, MOST)).fetchall()
            # A thing has a row for each language: the best of them stands for it.
            best = {(iri, place): row for row, iri, place in reversed(found)}
            order = list(dict.fromkeys((iri, place) for _, iri, place in found))
            rows = [best[key] for key in order[offset : offset + limit]]
            return Found(len(order), _hits(connection, words, rows))

    def corrected(self, question: str) -> str:
        """``question`` with each word that nothing begins with replaced by the nearest known."""
        words = [w for w in apart(question[:LONGEST]).replace(_APART, " ").split() if w.isalnum()]
        with closing(sqlite3.connect(self._uri, uri=True)) as connection:
            connection.execute("create virtual table temp.word using fts5vocab(main, search, row)")
            return " ".join(_nearest(connection, word.casefold()) for word in words[:MAX_WORDS])


def _nearest(connection: sqlite3.Connection, word: str) -> str:
    known = "select 1 from temp.word where term >= ? and term < ? limit 1"
    if connection.execute(known, (word, f"{word}\U0010ffff")).fetchone():
        return word
    alike = "select term from temp.word where length(term) between ? and ? limit ?"
    near = (len(word) - 2, len(word) + 2, _MOST_TERMS)
    terms = [row[0] for row in connection.execute(alike, near)]
    return next(iter(get_close_matches(word, terms, n=1, cutoff=0.7)), word)


def _hits(connection: sqlite3.Connection, words: str, rows: list[int]) -> tuple[Hit, ...]:
    values = {"words": words, "rows": str(rows), "size": _SNIPPET}
    shown = {row[0]: row[1:] for row in connection.execute(_SHOW, values)}
    return tuple(_hit(*shown[row]) for row in rows)


def _hit(*columns: str) -> Hit:
    iri, lang, place, names, about, marked = (text.replace(_APART, "") for text in columns)
    named = _parts(names) if "\x02" in names else ()
    return Hit(iri, lang, place, named, _parts(about), max(marked.find("\x02"), 0))


def _parts(snippet: str) -> tuple[Part, ...]:
    """A snippet cut at the marks around what was looked for."""
    pieces = re.split("[\x02\x03]", re.sub(r"\x03(\s*)\x02", r"\1", snippet))
    return tuple(Part(text, bool(n % 2)) for n, text in enumerate(pieces) if text)
