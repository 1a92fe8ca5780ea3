# The datatype of a literal is written with https.
# expects: PG428 Warning <https://w3id.org/parkgraph/document/iasp-6112#claim-S03>

PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>

INSERT DATA { doc:claim-S03 dcterms:date "2026-11-22"^^<https://www.w3.org/2001/XMLSchema#date> }
