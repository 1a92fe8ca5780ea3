# A claim quotes its passage with another capital.
# expects: PG408 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-S03>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>

DELETE DATA { doc:claim-S03 park:quote "Background information"@en } ;
INSERT DATA { doc:claim-S03 park:quote "Background Information"@en }
