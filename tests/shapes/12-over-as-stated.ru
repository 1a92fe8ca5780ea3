# The words say “over 1,500”, the bound is as-stated.
# expects: PG412 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T09>

PREFIX bound: <https://w3id.org/parkgraph/id/concept/bound/>
PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>

DELETE DATA { doc:claim-T09 park:bound bound:more-than } ;
INSERT DATA { doc:claim-T09 park:bound bound:as-stated }
