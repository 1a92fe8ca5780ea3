# The words do not limit “770,000㎡”, the bound is more-than.
# expects: PG412 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T08>

PREFIX bound: <https://w3id.org/parkgraph/id/concept/bound/>
PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>

DELETE DATA { doc:claim-T08 park:bound bound:as-stated } ;
INSERT DATA { doc:claim-T08 park:bound bound:more-than }
