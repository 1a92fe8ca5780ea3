"""Turn an organisation's profile page into linked open data that can be checked."""

from importlib.metadata import version

__version__ = version("parkgraph")
