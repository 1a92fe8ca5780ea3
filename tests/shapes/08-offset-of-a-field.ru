# The passage of a field ends one character too early.
# expects: PG408 Violation <https://w3id.org/parkgraph/document/iasp-6112/8d0d83c6#passage-2285-2296>

PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX version: <https://w3id.org/parkgraph/document/iasp-6112/8d0d83c6#>

DELETE DATA { version:selector-2285-2296 oa:end 2296 } ;
INSERT DATA { version:selector-2285-2296 oa:end 2295 }
