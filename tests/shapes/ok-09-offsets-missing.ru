# A passage without offsets has words of the text.

PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX version: <https://w3id.org/parkgraph/document/iasp-6112/8d0d83c6#>

DELETE WHERE { version:selector-2285-2296 oa:start ?any } ;
DELETE WHERE { version:selector-2285-2296 oa:end ?any }
