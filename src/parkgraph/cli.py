"""The command line: drives the pipeline from top to bottom; stdout is data, stderr is talk."""

import errno
import math
import os
import re
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import wraps
from ipaddress import ip_network
from pathlib import Path
from typing import Any, NoReturn, ParamSpec

import click

from parkgraph.errors import Diagnostic, ParkgraphError, Severity
from parkgraph.release import (
    NAME_LENGTH,
    Manifest,
    Release,
    current_name,
    open_index,
    open_release,
)
from parkgraph.vocab import HOME, PREFIXES

P = ParamSpec("P")

#: Findings that mean the command was called on the wrong thing.
_USAGE = frozenset({"PG120", "PG130"})


def _explained(command: Callable[P, None]) -> Callable[P, None]:
    """Print what stands in the way, and exit 1, or 2 where the call itself is off."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except ParkgraphError as error:
            for finding in error.findings:
                click.echo(str(finding), err=True)
            sys.exit(2 if any(map(_is_usage, error.findings)) else 1)

    return run


def _is_usage(finding: Diagnostic) -> bool:
    """Whether the call is off; of a base only one that no file states is part of the call."""
    return finding.code in _USAGE or (finding.code == "PG126" and not finding.where)


_folder = click.argument(
    "folder",
    metavar="[DIR]",
    default=".",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
_releases = click.option(
    "--releases",
    envvar="PARKGRAPH_RELEASES",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where releases are kept.  [default: DIR/releases]",
)


class _Group(click.Group):
    """The commands; what standard output does not take is said, and is no traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # handed on to click as it is
        """Run a command, and let nothing of what it printed be lost in silence."""
        try:
            if sys.stdout is None:  # nobody opened it
                _refused(OSError(errno.EBADF, os.strerror(errno.EBADF)))
            try:
                return super().main(*args, **kwargs)
            finally:
                sys.stdout.flush()
        except OSError as error:
            if error.errno not in _REFUSED:
                raise
            _refused(error)


#: The system takes no more: for want of room, or because nobody reads on.
_REFUSED = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EPIPE})


def _refused(error: OSError) -> NoReturn:
    """Say that output is refused, and exit 1."""
    # Python would try again at its end, and complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if not isinstance(error, BrokenPipeError):  # who reads no further asks for no word
        where = str(error.filename or "standard output")
        click.echo(
            str(Diagnostic("PG515", f"cannot be written: {error.strerror}", where)), err=True
        )
    sys.exit(1)


@click.group(
    cls=_Group,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
)
@click.version_option(package_name="parkgraph", prog_name="parkgraph")
def main() -> None:
    """Turn profile pages into linked open data that anyone can check, cite and query."""


@main.command()
@_folder
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    show_default=True,
    help="How findings are written.",
)
@_explained
def check(folder: Path, form: str) -> None:
    """Read, extract and validate; list every finding.

    Exits 0 if a release could be built, 1 if a Violation stands in the way.
    """
    from parkgraph.pipeline import check as check_folder
    from parkgraph.report import RENDERERS

    try:
        findings = check_folder(folder).findings
    except ParkgraphError as error:
        if error.findings[0].code == "PG120":
            raise
        findings = error.findings
    text = RENDERERS[form](findings)
    if text:
        click.echo(text)
    sys.exit(any(finding.severity is Severity.VIOLATION for finding in findings))


@main.command()
@_folder
@_releases
@click.option("--keep", type=click.IntRange(min=1), help="How many releases to keep.")
@_explained
def build(folder: Path, releases: Path | None, keep: int | None) -> None:
    """Check, then write a release and make it current.

    The same content gives the same digest, and then nothing is written.
    """
    root = releases or folder / "releases"
    before = current_name(root)
    release = _build(folder, root, keep)
    manifest = release.manifest
    state = "unchanged" if manifest.name == before else "written"
    click.echo(f"release {manifest.name} {state}: {manifest.quads:,} quads", err=True)
    click.echo(release.folder)


def _build(folder: Path, root: Path, keep: int | None = None) -> Release:
    from parkgraph.jobs import Jobs
    from parkgraph.pipeline import check as check_folder
    from parkgraph.progress import progress
    from parkgraph.publish import publish
    from parkgraph.report import as_text
    from parkgraph.seen import looks, remember
    from parkgraph.web import prerender

    seen = looks(folder)
    checked = check_folder(folder)
    if not checked.blocking and checked.findings:
        click.echo(as_text(checked.findings), err=True)
    now = datetime.now(UTC)  # noqa: TID251  # the one clock
    with progress() as watcher:
        jobs = Jobs(watcher=watcher)
        release = publish(checked, root, now, keep=keep, jobs=jobs, prerender=prerender)
    remember(root, checked.publication.inputs, seen)
    return release


@main.command("verify")
@click.argument("target", metavar="[DIR | URL]", default=".")
@_releases
@_explained
def verify_(target: str, releases: Path | None) -> None:
    """Re-hash a release, parse every dump, and prove that all are the same graph.

    Of a DIR the current release is checked, of a URL the one that its server offers.
    """
    if target.startswith(("http://", "https://")):
        from parkgraph.remote import verify_address

        manifest, findings = verify_address(target.rstrip("/"))
    else:
        manifest, findings = _verify_folder(releases or Path(target) / "releases")
    if findings:
        raise ParkgraphError(*findings)
    click.echo(f"release {manifest.name} is whole: {len(manifest.distributions)} files")
    click.echo(f"dataset {manifest.dataset}\ndefault {manifest.default}")


def _verify_folder(root: Path) -> tuple[Manifest, list[Diagnostic]]:
    from parkgraph.proof import verify_derived, verify_pointer, verify_release

    release = open_release(root)
    pointer = verify_pointer(root, release.manifest)
    found = [*pointer, *verify_release(release), *verify_derived(release)]
    return release.manifest, found


@main.command()
@click.argument("old", metavar="A")
@click.argument("new", metavar="[B]", required=False)
@_releases
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "patch"]),
    default="text",
    show_default=True,
    help="How the difference is written.",
)
@_explained
def diff(old: str, new: str | None, releases: Path | None, form: str) -> None:
    """Say what changed from release A to release B, the current one by default.

    A release is named by its digest or the first twelve digits of it. A patch (RDF Patch) that
    is applied to the dataset of A gives that of B.
    """
    from parkgraph.diff import as_json, as_text, compare, namer

    root = releases or Path("releases")
    names = (old, new or current_name(root) or "")
    before, after = (open_release(root, name[:NAME_LENGTH]) for name in names)
    with closing(open_index(before)) as past, closing(open_index(after)) as present:
        found = compare(before, after, (past, present))
        if form == "patch":
            _print_bytes(found.rdf_patch())
            return
        name = namer((present, past))
        click.echo(as_json(found, name).rstrip() if form == "json" else as_text(found, name))


def _print_bytes(data: bytes) -> None:
    """Print all of ``data``: where Python does not buffer, one call may take a part of it."""
    rest = memoryview(data)
    while rest:
        rest = rest[sys.stdout.buffer.write(rest) :]


@main.command()
@click.argument("words", metavar="[DIR] IRI", nargs=-1, required=True)
@_releases
@_explained
def explain(words: tuple[str, ...], releases: Path | None) -> None:
    """Say which words of which source carry each triple of IRI.

    IRI may be whole, a local path (/id/park/iasp-6112) or a prefixed name.
    """
    from parkgraph.explain import as_text
    from parkgraph.explain import explain as explain_iri

    folder, name = _folder_and(words, "IRI")
    release = open_release(releases or folder / "releases")
    candidates = _candidates(name, release.manifest.base)
    reasons = next(filter(None, (explain_iri(release, iri) for iri in candidates)), None)
    if reasons is None:
        advice = "name a thing as /id/park/iasp-6112 or by its whole IRI"
        raise ParkgraphError(Diagnostic("PG511", f"nothing is known of {name!r}", help=advice))
    click.echo(as_text(reasons))


def _folder_and(words: tuple[str, ...], what: str) -> tuple[Path, str]:
    if len(words) > 2:
        raise click.UsageError(f"takes a folder and one {what}, got {len(words)} arguments")
    return Path(words[0] if len(words) == 2 else "."), words[-1]


def _candidates(name: str, base: str) -> list[str]:
    """The IRIs that a name on the command line may stand for."""
    prefix, colon, rest = name.partition(":")
    if name.startswith(("http://", "https://")):
        return [name]
    if colon and prefix in PREFIXES:
        return [PREFIXES[prefix] + rest]
    path = name.lstrip("/")
    path = f"id/{path.removeprefix('doc/')}" if path.startswith("doc/") else path
    return [home + start + path for home in (base, HOME) for start in ("", "id/")]


@main.command()
@click.argument("words", metavar="[DIR] SPARQL", nargs=-1, required=True)
@_releases
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv", "tsv", "xml", "ttl", "nt", "jsonld"]),
    default="table",
    show_default=True,
    help="How the answer is written.",
)
@_explained
def query(words: tuple[str, ...], releases: Path | None, form: str) -> None:
    """Ask the current release a SPARQL question; «-» reads it from standard input."""
    from parkgraph.ask import ask

    folder, text = _folder_and(words, "question")
    release = open_release(releases or folder / "releases")
    question = sys.stdin.read() if text == "-" else text
    _print_bytes(ask(release, question, form))


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--base",
    metavar="ADDRESS",
    help="The start of every IRI, with a final slash: an address that you will keep.",
)
@_explained
def init(folder: Path, base: str | None) -> None:
    """Write a new publication to fill in: an example that builds as it is."""
    from parkgraph.init import write_publication

    if base is None and sys.stdin.isatty():
        base = click.prompt("Base address", default=_LOCAL, err=True)
    write_publication(folder, base or _LOCAL)
    if (base or _LOCAL) == _LOCAL:
        click.echo(f"base is {_LOCAL}, good for this machine only: see data/dataset.ttl", err=True)
    click.echo(f"written: now  parkgraph serve {folder}", err=True)


_LOCAL = "http://localhost:8000/"


class _Range(click.FloatRange):
    """A range of numbers; no clock can be set to one that is infinite, or none at all."""

    def convert(
        self,
        value: Any,  # noqa: ANN401  # as click has it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        """The number."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r} is no finite number", param, ctx)
        return number


_COUNT = click.IntRange(min=1)
_POSITIVE = _Range(min=0, min_open=True)


def _setting(name: str, **how: Any) -> Callable[[Callable[P, None]], Callable[P, None]]:  # noqa: ANN401  # handed on to click as it is
    """An option of the server that the environment may give too."""
    variable = f"PARKGRAPH_{name.upper().replace('-', '_')}"
    shown = "default" in how
    return click.option(f"--{name}", envvar=variable, show_default=shown, **how)


def _public_address(_: click.Context, __: click.Parameter, url: str | None) -> str | None:
    if url and not _ADDRESS.fullmatch(url):
        # What was given is not repeated: there may be a password in it.
        message = "it has to be scheme, host and port alone, as https://data.example.org/"
        raise click.BadParameter(f"{message}; nothing is served below a path")
    return url


#: Addresses that paths can be put behind (RFC 3986 §3).
_ADDRESS = re.compile(
    r"https?://(?:[a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?/?", re.ASCII | re.IGNORECASE
)


def _networks(_: click.Context, __: click.Parameter, said: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(one, strict=False)) for one in said)
    except ValueError as error:
        message = f"{error}; give an address, or a network as 10.0.0.0/8"
        raise click.BadParameter(message) from error


def _appendable(_: click.Context, __: click.Parameter, said: str | None) -> str | None:
    if said and said != "-":
        try:
            with Path(said).open("ab"):
                pass
        except OSError as error:
            message = f"{said} cannot be written: {error.strerror}"
            raise click.BadParameter(message) from error
    return said


def _graph_names(_: click.Context, __: click.Parameter, said: tuple[str, ...]) -> tuple[str, ...]:
    if said:
        from parkgraph.rdf import is_absolute_iri

        if wrong := [name for name in said if not is_absolute_iri(name)]:
            raise click.BadParameter(f"{wrong[0]!r} is no absolute IRI")
    return said


def _endpoint_address(_: click.Context, __: click.Parameter, url: str | None) -> str | None:
    if url is None:
        return None
    from parkgraph.query.upstream import authorization, checked_address

    try:
        checked_address(url)
        authorization(os.environ)
    except ParkgraphError as error:
        finding = error.findings[0]
        # What was given is not repeated: there may be a password in it.
        raise click.BadParameter(f"{finding.message}; {finding.help}") from None
    return url


@main.command()
@click.argument(
    "paths",
    metavar="[DIR | --data FILE… | --endpoint URL]",
    nargs=-1,
    type=click.Path(path_type=Path),
)
@click.option("--data", is_flag=True, help="Serve the RDF files FILE… as they are.")
@_setting(
    "endpoint",
    metavar="URL",
    callback=_endpoint_address,
    help="Serve the SPARQL 1.1 service at URL.",
)
@_setting(
    "graphs",
    multiple=True,
    metavar="IRI",
    callback=_graph_names,
    help="With --endpoint: a graph that is served, and no other one; may be repeated.",
)
@_setting(
    "endpoint-cache",
    default=0.0,
    type=_Range(0, 3600),
    help="With --endpoint: seconds for which an answer may be given again.",
)
@click.option(
    "--base",
    metavar="IRI",
    help="With --data or --endpoint: IRIs that begin so have own paths here.",
)
@_releases
@_setting("host", default="127.0.0.1", help="The address to bind.")
@_setting("port", default=8000, type=click.IntRange(1, 65535), help="The port to bind.")
@_setting(
    "public-url", metavar="URL", callback=_public_address, help="Where clients reach the server."
)
@_setting(
    "trusted-proxy",
    multiple=True,
    metavar="ADDRESS",
    callback=_networks,
    help="A proxy, or a network of them, whose X-Forwarded-For is believed; may be repeated.",
)
@_setting("web-processes", default=1, type=click.IntRange(1, 64), help="How many share the port.")
@_setting(
    "helpers",
    type=click.IntRange(0, 64),
    help="Processes that answer besides each of them.  [default: one a further core, at most 6]",
)
@_setting("query-seconds", default=30.0, type=_POSITIVE, help="Time for a query.")
@_setting("query-memory", default=1024, type=_COUNT, help="Memory for a query, in MiB.")
@_setting("query-rows", default=1_000_000, type=_COUNT, help="Rows of a result.")
@_setting("query-megabytes", default=256, type=_COUNT, help="Size of a result, in MB.")
@_setting("query-queue", default=64, type=_COUNT, help="Queries that may wait.")
@_setting(
    "query-store",
    default="auto",
    type=click.Choice(["auto", "memory", "disk"]),
    help="Where a large graph is asked; auto: in memory when it is loaded, if it fits.",
)
@_setting("client-queries", default=4, type=_COUNT, help="Queries of one client at a time.")
@_setting(
    "client-patience",
    default=0.25,
    type=_Range(0, 60),
    help="Seconds that a further one waits before it is refused.",
)
@_setting(
    "client-seconds",
    default=30.0,
    type=_POSITIVE,
    help="Time for a client to send a request, or to go on reading an answer.",
)
@_setting("client-connections", default=512, type=_COUNT, help="Connections of one client.")
@_setting("client-downloads", default=64, type=_COUNT, help="Files sent to one client at a time.")
@_setting(
    "client-rate",
    default=0.0,
    type=_Range(min=0),
    help="Requests of one client a second, in the long run; 0 for any number.",
)
@_setting("connections", default=1024, type=_COUNT, help="Connections in all.")
@_setting("downloads", default=512, type=_COUNT, help="Files sent at a time, in all.")
@_setting("request-queue", default=128, type=_COUNT, help="Requests that may wait for a thread.")
@_setting("query-workers", type=_COUNT, help="Query processes.  [default: one a core, at least 4]")
@_setting(
    "stop-seconds",
    default=10.0,
    type=_Range(0, 3600),
    help="Time for requests under way when the server is to end.",
)
@_setting(
    "access-log",
    metavar="FILE",
    callback=_appendable,
    help="Write a line of JSON for each request; - is stderr.",
)
@_explained
def serve(
    paths: tuple[Path, ...],
    *,
    data: bool,
    base: str | None,
    releases: Path | None,
    **settings: Any,  # noqa: ANN401  # read by name in web.server
) -> None:
    """Serve the current release, building it first if there is none or the sources changed.

    With --data any RDF files are served instead: Turtle, TriG, N-Triples, N-Quads, JSON-LD,
    RDF/XML, each also as .gz. With --endpoint the data stays in another SPARQL service.
    """
    from parkgraph.web.server import claim, serve_data, serve_endpoint, serve_releases, settled

    binding, budget = settled(settings)
    if settings["graphs"] and not settings["endpoint"]:
        raise click.UsageError("--graphs goes with --endpoint")
    if settings["endpoint"]:
        if paths or data:
            raise click.UsageError("--endpoint takes the place of DIR and of --data")
        address = claim(binding)
        click.echo(f"an endpoint at {binding.public_url}", err=True)
        serve_endpoint(settings, base, address, binding, budget)
        return
    if data:
        files = _files(paths)
        address = claim(binding)
        click.echo(f"{len(files)} file{'s' * (len(files) > 1)} at {binding.public_url}", err=True)
        try:
            serve_data(files, base, address, binding, budget)
        except ParkgraphError as error:
            click.echo(str(error), err=True)
            sys.exit(2)
        return
    folder = _one_folder(paths)
    root = releases or folder / "releases"
    address = claim(binding)
    release = _current(folder, root)
    click.echo(f"release {release.manifest.name} at {binding.public_url}", err=True)
    serve_releases(root, address, binding, budget)


def _files(paths: tuple[Path, ...]) -> list[Path]:
    missing = [path for path in paths if not path.is_file()]
    if missing or not paths:
        what = f"no such file: {missing[0]}" if missing else "name the files to serve"
        raise click.UsageError(f"--data: {what}")
    return list(paths)


def _one_folder(paths: tuple[Path, ...]) -> Path:
    if len(paths) > 1 or (paths and not paths[0].is_dir()):
        raise click.UsageError("name one folder of a publication, or --data and RDF files")
    return paths[0] if paths else Path()


def _current(folder: Path, root: Path) -> Release:
    """The release to serve: the current one if it is of these sources, else a new one.

    Where sources have a Violation, or the folder cannot be written, the old release goes on.
    """
    from parkgraph.seen import unchanged

    release = None
    if current_name(root) is not None:
        release = open_release(root)
        if unchanged(folder, root, release.inputs()):
            return release
    try:
        return _build(folder, root)
    except ParkgraphError as error:
        if release is None or not release.inputs():
            raise
        for finding in error.findings:
            click.echo(str(finding), err=True)
        click.echo("the sources changed and do not build: the old release is served", err=True)
        return release
