# A figure has two values as written.
# expects: PG411 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T09>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>

INSERT DATA { doc:claim-T09 park:verbatimValue "1,500 enterprises" }
