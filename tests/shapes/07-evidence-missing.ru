# A claim has no evidence, nor words.
# expects: PG407 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-S03>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>

DELETE WHERE { doc:claim-S03 park:evidence ?any } ;
DELETE WHERE { doc:claim-S03 park:quote ?any }
