# The bound of a figure is a standing.
# expects: PG411 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T09>

PREFIX bound: <https://w3id.org/parkgraph/id/concept/bound/>
PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX standing: <https://w3id.org/parkgraph/id/concept/standing/>

DELETE DATA { doc:claim-T09 park:bound bound:more-than } ;
INSERT DATA { doc:claim-T09 park:bound standing:checkable }
