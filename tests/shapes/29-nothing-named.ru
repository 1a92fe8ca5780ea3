# A claim states a number and asserts nothing.
# expects: PG429 Warning <https://w3id.org/parkgraph/document/iasp-6112#claim-S03>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>

INSERT DATA { doc:claim-S03 park:statedCount 2 }
