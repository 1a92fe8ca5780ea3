"""Which graphs a query is asked of, and that none of them is another than those that are served.

A service elsewhere is told by the parameters of the protocol, whatever the query names itself:
some services read ``FROM`` beside them, and one that is told no named graphs reads all.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Final, NamedTuple
from urllib.parse import urljoin

from parkgraph.query.cursor import Cursor
from parkgraph.query.parts import Place, decoded
from parkgraph.query.patterns import outline
from parkgraph.query.scan import code_tokens, doubtful, tokens, without_comments
from parkgraph.query.values import QueryFailed, failure

#: A graph that no service has: what is to be no graph at all is told as this one.
NOTHING: Final = "urn:parkgraph:nothing"

_KEYWORDS: Final = ("from", "graph")


@dataclass(frozen=True, slots=True)
class Addressed:
    """A query as it goes to a service.

    Attributes:
        default: ``default-graph-uri``; with ``named`` the dataset, where either names a graph.
        named: ``named-graph-uri``.
    """

    text: str
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


class Named(NamedTuple):
    """A graph that a query names, and where."""

    iri: str
    place: Place


@dataclass(frozen=True, slots=True)
class Mentions:
    """The graphs that a query text names.

    Attributes:
        default: by FROM.
        named: by FROM NAMED.
        asked: by GRAPH.
        clauses: where FROM clauses begin and end in the text.
        doubt: where one may be named in a way that other readers of SPARQL read otherwise.
    """

    default: tuple[Named, ...]
    named: tuple[Named, ...]
    asked: tuple[Named, ...]
    clauses: tuple[tuple[int, int], ...]
    doubt: Place | None

    @property
    def everything(self) -> list[str]:
        """All graphs, in order."""
        return [graph.iri for graph in chain(self.default, self.named, self.asked)]


def addressed(
    text: str,
    dataset: tuple[Iterable[str] | None, Iterable[str] | None],
    allowed: tuple[str, ...],
    base: str,
) -> Addressed:
    """The query ``text`` over ``dataset``, for a service that may be asked of ``allowed`` only.

    The dataset of the protocol wins over that of the query (SPARQL 1.1 Protocol §2.1.4). Without
    either, all that is allowed is both the default graph and the named ones.

    Args:
        text: a query that parses.
        dataset: default and named graphs of the protocol.
        allowed: the graphs that are served; empty if all are.
        base: what relative IRIs stand against.

    Raises:
        QueryFailed: a graph is named that is not served, or may be.
    """
    found = mentions(text, base)
    by_protocol = dataset != (None, None)
    if allowed:
        _check(found, text, base)
        default, named = _chosen(found, dataset, allowed)
        _permit([*default, *named, *found.asked], allowed)
    elif by_protocol:
        default, named = _chosen(found, dataset, ())
    else:
        return Addressed(_grounded(text, base))
    return Addressed(
        _grounded(_without(text, found.clauses), base),
        tuple(graph.iri for graph in default) or (NOTHING,),
        tuple(graph.iri for graph in named) or (NOTHING,),
    )


def solutions_of(text: str) -> str | None:
    """A SELECT with a row for each solution that the CONSTRUCT or DESCRIBE ``text`` is made of.

    None where it has no WHERE.

    >>> solutions_of("CONSTRUCT { ?s a ?c } WHERE { ?s a ?c } LIMIT 3")
    'SELECT (1 AS ?x1) WHERE { ?s a ?c } LIMIT 3'
    """
    here = Cursor(text)
    here.until("construct", "describe")
    start = here.offset(here.at)
    here.skip()
    if here.word == "{":
        here.balanced()
    here.until("from", "where", "{")
    if here.ended():
        return None
    return f"{text[:start]}SELECT (1 AS {next(here.unused('?x'))}) {text[here.offset(here.at) :]}"


def resources_of(text: str) -> str | None:
    """A SELECT of what the variables of the DESCRIBE ``text`` stand for; None where it has none.

    >>> resources_of("DESCRIBE <e:a> ?c WHERE { ?s a ?c } LIMIT 3")
    'SELECT ?c WHERE { ?s a ?c } LIMIT 3'
    """
    here, variables = Cursor(text), []
    here.until("describe")
    start = here.offset(here.at)
    here.skip()
    while not here.ended() and here.word not in ("from", "where", "{"):
        if here.kind == "variable" or here.word == "*":
            variables.append(here.raw)
        here.skip()
    if here.ended() or not variables:
        return None
    return f"{text[:start]}SELECT {' '.join(variables)} {text[here.offset(here.at) :]}"


def merged(text: str, base: str) -> tuple[list[str], list[str]] | None:
    """The graphs that ``text`` names by FROM and FROM NAMED, each once.

    None where none is named twice: to Oxigraph such a one would be two (SPARQL 1.1 §13.2.1).

    >>> merged("ASK FROM <e:g> FROM <e:g> {}", ""), merged("ASK FROM <e:g> {}", "")
    ((['e:g'], []), None)
    """
    if text.lower().count("from") < 2:
        return None
    found = mentions(text, base)
    parts = [graph.iri for graph in found.default], [graph.iri for graph in found.named]
    once = tuple(list(dict.fromkeys(part)) for part in parts)
    return (once[0], once[1]) if once != parts else None


def mentions(text: str, base: str) -> Mentions:
    """The graphs that ``text`` names, read from its tokens."""
    here, names = Cursor(text), outline(text)
    by: dict[str, list[Named]] = {"from": [], "named": [], "graph": []}
    clauses: list[tuple[int, int]] = []
    doubt: Place | None = None
    while not here.ended():
        start, place, word = here.at, here.place(), here.word
        keyword = word if here.take(*_KEYWORDS) else ""
        which = "named" if keyword == "from" and here.take("named") else keyword
        if which and (name := here.name()):
            by[which].append(Named(urljoin(base, names.iri(name.text)), name.place))
            if keyword == "from":
                clauses.append((here.offset(start), here.offset(start) + len(here.since(start))))
        elif not which:
            doubt = doubt or (place if _glued(here, names.prefixes) else None)
            here.skip()
    return Mentions(
        tuple(by["from"]), tuple(by["named"]), tuple(by["graph"]), tuple(clauses), doubt
    )


def _chosen(
    found: Mentions,
    dataset: tuple[Iterable[str] | None, Iterable[str] | None],
    allowed: tuple[str, ...],
) -> tuple[list[Named], list[Named]]:
    """Default and named graphs: of the protocol, else of the query, else all that are allowed."""
    nowhere = Place(1, 1)
    if dataset != (None, None):
        default, named = ([Named(iri, nowhere) for iri in part or ()] for part in dataset)
        return default, named
    if found.default or found.named:
        return list(found.default), list(found.named)
    everything = [Named(iri, nowhere) for iri in allowed]
    return everything, everything


def _permit(graphs: Iterable[Named], allowed: tuple[str, ...]) -> None:
    for graph in graphs:
        if graph.iri not in allowed:
            raise QueryFailed(
                failure(
                    "graph",
                    f"the graph <{graph.iri}> is not served here",
                    where=str(graph.place),
                    advice="the service description at /sparql names the graphs that are",
                )
            )


def _check(found: Mentions, text: str, base: str) -> None:
    """Refuse a text in which a graph may be named that is not seen here."""
    doubt = found.doubt
    if "\\" in text:
        other = mentions(decoded(text), base)
        doubt = doubt or other.doubt
        if other.everything != found.everything:
            doubt = doubt or Place(1, 1)
    if doubt is None and _hidden(text):
        doubt = Place(1, 1)
    if doubt is not None:
        raise QueryFailed(
            failure(
                "graph",
                "it cannot be told which graphs this query names",
                where=str(doubt),
                advice="set FROM, NAMED and GRAPH apart from what follows them by spaces",
            )
        )


def _glued(here: Cursor, prefixes: Iterable[str]) -> bool:
    """Whether the next token may hold a keyword: Oxigraph wants no space after it.

    ``GRAPHe:g`` is a name where the prefix ``GRAPHe`` is declared, and otherwise a keyword and one.
    """
    raw = here.raw.lower()
    if here.kind == "word":
        return any(keyword in raw for keyword in _KEYWORDS)
    if here.kind != "name":
        return False
    prefix, _, local = raw.partition(":")
    if any(f".{keyword}" in local for keyword in _KEYWORDS):
        return True
    declared = {one.lower() for one in prefixes}
    for keyword in _KEYWORDS:
        _, found, rest = prefix.partition(keyword)
        if found and (prefix not in declared or {rest, rest.removeprefix("named")} & declared):
            return True
    return False


def _hidden(text: str) -> bool:
    """Whether a keyword stands in a string or comment that another reader may take for code."""
    everything = tokens(text)
    if not doubtful(without_comments(everything)):
        return False
    words = " ".join(word for kind, word, _ in everything if kind in ("string", "comment", "iri"))
    return any(keyword in words.lower() for keyword in _KEYWORDS)


def _without(text: str, clauses: Iterable[tuple[int, int]]) -> str:
    """``text`` without its FROM clauses."""
    for start, end in sorted(clauses, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return text


def _grounded(text: str, base: str) -> str:
    """``text`` with a base of ours, where something would stand against the service's own.

    Where the query begins with a base that is absolute, it is left as it is: some services take
    one base only.
    """
    ours, code = f"BASE <{base}> {text}", code_tokens(text)
    for (_, before, _), (kind, word, _) in pairwise([("", "", 0), *code]):
        if kind == "iri" and not _ABSOLUTE.match(word):
            return ours
        if kind == "iri" and before.lower().endswith("base"):
            return text
    # IRI("x") resolves too (SPARQL 1.1 §17.4.2.8).
    resolves = any(kind == "word" and word.lower().endswith(_RESOLVES) for kind, word, _ in code)
    return ours if resolves else text


_ABSOLUTE: Final = re.compile("<[A-Za-z][A-Za-z0-9+.-]*:")
_RESOLVES: Final = ("iri", "uri")
