# A building area in square metres has the code of hectares.
# expects: PG413 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T08>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX schema: <https://schema.org/>

DELETE DATA { doc:claim-T08 schema:unitCode "MTK" } ;
INSERT DATA { doc:claim-T08 schema:unitCode "HAR" }
