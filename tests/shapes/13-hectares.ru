# A building area is given in hectares.
# expects: PG413 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T08>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX qudt: <http://qudt.org/schema/qudt/>
PREFIX schema: <https://schema.org/>
PREFIX unit: <http://qudt.org/vocab/unit/>

DELETE DATA { doc:claim-T08 qudt:hasUnit unit:M2 } ;
INSERT DATA { doc:claim-T08 qudt:hasUnit unit:HA } ;
DELETE DATA { doc:claim-T08 schema:unitCode "MTK" } ;
INSERT DATA { doc:claim-T08 schema:unitCode "HAR" }
