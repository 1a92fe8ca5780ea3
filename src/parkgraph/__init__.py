"""Turn an organisation's profile page into linked open data that can be checked."""


def __getattr__(name: str) -> str:
    """``__version__``, looked up when it is asked for: that takes as long as half a start."""
    if name != "__version__":
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib.metadata import version

    return version("parkgraph")
