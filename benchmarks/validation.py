"""Validation of many parks: plain pySHACL beside ours, on the same file, each in its own process.

``python -m benchmarks.validation``: processor seconds from the N-Triples file to the report, peak
memory, and whether the reports are equal. ``--parks 1000 --without pySHACL`` leaves out what would
take hours.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final, cast

import pyshacl
import rdflib
from pyoxigraph import RdfFormat, Store
from pyshacl import ShapesGraph
from rdflib.namespace import SH

from benchmarks.parks import ROOT, lines
from parkgraph.validate import screened
from parkgraph.validate.data import data_graph

#: What tells one result from another; the words of its messages too.
_SAID: Final = (
    SH.focusNode,
    SH.value,
    SH.sourceShape,
    SH.sourceConstraint,
    SH.sourceConstraintComponent,
    SH.resultSeverity,
    SH.resultMessage,
)


def ours(file: Path) -> rdflib.Graph:
    """The report as the program makes it."""
    store = Store()
    store.bulk_load(path=file, format=RdfFormat.N_TRIPLES)
    return screened(store, shapes())[1]


def with_oxigraph(file: Path) -> rdflib.Graph:
    """All focus nodes to pySHACL, its SPARQL and its triples from Oxigraph."""
    store = Store()
    store.bulk_load(path=file, format=RdfFormat.N_TRIPLES)
    return report(data_graph(store))


def plain(file: Path) -> rdflib.Graph:
    """All focus nodes to pySHACL, all in rdflib."""
    return report(rdflib.Graph().parse(file, format="nt"))


_WAYS: Final[Mapping[str, Callable[[Path], rdflib.Graph]]] = {
    "parkgraph": ours,
    "pySHACL over Oxigraph": with_oxigraph,
    "pySHACL": plain,
}


def report(data: rdflib.Graph) -> rdflib.Graph:
    """The report of pySHACL by itself."""
    return cast("rdflib.Graph", pyshacl.validate(data, shacl_graph=shapes())[1])


def shapes() -> rdflib.Graph:
    """All shape files as one graph."""
    graph = rdflib.Graph()
    for path in sorted((ROOT / "shapes").glob("*.ttl")):
        graph.parse(path)
    return graph


def digest(of: rdflib.Graph) -> tuple[int, str]:
    """How many results a report has, and a digest of them in order."""
    results = sorted(
        "\t".join(sorted(f"{p} {o.n3()}" for p, o in of.predicate_objects(node) if p in _SAID))
        for node in of.objects(None, SH.result)
    )
    return len(results), sha256("\n".join(results).encode()).hexdigest()[:12]


def measure(way: str, file: Path) -> dict[str, object]:
    """One way's processor seconds, peak memory in MB, number of results, and their digest."""
    # Processor time: other work on the machine makes neither way look slower.
    start = time.process_time()
    found = _WAYS[way](file)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    results, told = digest(found)
    return {"way": way, "seconds": seconds, "megabytes": peak, "results": results, "digest": told}


def focus_nodes(file: Path) -> int:
    """How many different nodes some shape looks at."""
    store = Store()
    store.bulk_load(path=file, format=RdfFormat.N_TRIPLES)
    data = data_graph(store)
    return len({node for shape in ShapesGraph(shapes()).shapes for node in shape.focus_nodes(data)})


def main() -> None:
    """Measure each way in turn, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parks", type=int, default=100, help="about 100 focus nodes each")
    parser.add_argument("--faulty", type=float, default=0.05, help="the share with a planted fault")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without", nargs="*", default=[], choices=_WAYS, help="ways to leave out")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        json.dump(measure(options.measure[0], Path(options.measure[1])), sys.stdout)
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "parks.nt"
        with file.open("wb") as out:
            out.writelines(lines(options.parks, options.faulty, options.seed))
        sys.stdout.write(f"{options.parks} parks, {focus_nodes(file):,} focus nodes\n")
        compare([way for way in _WAYS if way not in options.without], file)


def compare(ways: list[str], file: Path) -> None:
    """Print a line for each way; the ratio is its time to that of the first."""
    first: dict[str, object] = {}
    for way in ways:
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.validation"]
        done = subprocess.run(  # noqa: S603  # this module
            [*command, "--measure", way, file], check=True, capture_output=True, text=True
        )
        found = json.loads(done.stdout)
        first = first or found
        ratio = found["seconds"] / cast("float", first["seconds"])
        equal = "equal" if found["digest"] == first["digest"] else "DIFFERENT"
        figures = f"{found['seconds']:9.1f} s {found['megabytes']:7.0f} MB  × {ratio:6.1f}"
        sys.stdout.write(f"{way:24}{figures}  {found['results']} results, {equal}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
