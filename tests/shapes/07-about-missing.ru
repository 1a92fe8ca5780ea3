# A claim does not say what it is about.
# expects: PG407 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-S03>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>

DELETE WHERE { doc:claim-S03 park:about ?any }
