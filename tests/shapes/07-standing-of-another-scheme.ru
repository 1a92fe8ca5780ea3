# The standing of a claim is a kind of claim.
# expects: PG407 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-S03>

PREFIX claim-kind: <https://w3id.org/parkgraph/id/concept/claim-kind/>
PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX standing: <https://w3id.org/parkgraph/id/concept/standing/>

DELETE DATA { doc:claim-S03 park:standing standing:structural } ;
INSERT DATA { doc:claim-S03 park:standing claim-kind:heading }
