# A claim has two standings.
# expects: PG407 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-S03>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX standing: <https://w3id.org/parkgraph/id/concept/standing/>

INSERT DATA { doc:claim-S03 park:standing standing:checkable }
