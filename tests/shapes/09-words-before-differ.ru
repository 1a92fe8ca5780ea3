# A passage without offsets has words of the text, but not after the words it says.
# expects: PG409 Violation <https://w3id.org/parkgraph/document/iasp-6112/8d0d83c6#passage-2285-2296>

PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX version: <https://w3id.org/parkgraph/document/iasp-6112/8d0d83c6#>

DELETE WHERE { version:selector-2285-2296 oa:start ?any } ;
DELETE WHERE { version:selector-2285-2296 oa:end ?any } ;
DELETE WHERE { version:selector-2285-2296 oa:prefix ?any } ;
INSERT DATA { version:selector-2285-2296 oa:prefix "Shanghai, China\n  " }
