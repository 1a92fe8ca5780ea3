# The value as written is not in the quote.
# expects: PG413 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T09>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>

DELETE DATA { doc:claim-T09 park:verbatimValue "1,500" } ;
INSERT DATA { doc:claim-T09 park:verbatimValue "1500" }
