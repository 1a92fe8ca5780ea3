# The only claim that makes a triple has no evidence.
# expects: PG407 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-N01>
# expects: PG422 Violation <https://w3id.org/parkgraph/id/park/iasp-6112>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>

DELETE WHERE { doc:claim-N01 park:evidence ?any } ;
DELETE WHERE { doc:claim-N01 park:quote ?any }
