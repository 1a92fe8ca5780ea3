# The evidence of a claim is part of no document.
# expects: PG407 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-S03>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX version: <https://w3id.org/parkgraph/document/iasp-6112/8d0d83c6#>

DELETE WHERE { doc:claim-S03 park:quote ?any } ;
DELETE DATA { doc:claim-S03 park:evidence version:passage-59-81 } ;
INSERT DATA { doc:claim-S03 park:evidence version:passage-nowhere }
