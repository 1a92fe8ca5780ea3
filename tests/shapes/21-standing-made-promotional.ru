# A claim that asserts a triple is said to be promotional.
# expects: PG421 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-N01>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX standing: <https://w3id.org/parkgraph/id/concept/standing/>

DELETE DATA { doc:claim-N01 park:standing standing:self-described } ;
INSERT DATA { doc:claim-N01 park:standing standing:promotional }
