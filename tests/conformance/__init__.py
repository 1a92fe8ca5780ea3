"""The W3C suites, asked over HTTP of a running server."""
