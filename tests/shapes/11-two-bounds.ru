# A figure has two bounds, one of which its words do not say.
# expects: PG411 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T09>
# expects: PG412 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T09>

PREFIX bound: <https://w3id.org/parkgraph/id/concept/bound/>
PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>

INSERT DATA { doc:claim-T09 park:bound bound:as-stated }
