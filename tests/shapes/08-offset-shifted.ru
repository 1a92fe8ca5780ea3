# A passage starts one character too late.
# expects: PG408 Violation <https://w3id.org/parkgraph/document/iasp-6112/8d0d83c6#passage-59-81>

PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX version: <https://w3id.org/parkgraph/document/iasp-6112/8d0d83c6#>

DELETE DATA { version:selector-59-81 oa:start 59 } ;
INSERT DATA { version:selector-59-81 oa:start 60 }
