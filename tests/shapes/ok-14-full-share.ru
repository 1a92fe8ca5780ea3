# A share of 100 per cent is one.

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX qudt: <http://qudt.org/schema/qudt/>
PREFIX schema: <https://schema.org/>
PREFIX unit: <http://qudt.org/vocab/unit/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

DELETE DATA { doc:claim-T09 schema:value "1500"^^xsd:decimal } ;
INSERT DATA { doc:claim-T09 schema:value "100"^^xsd:decimal } ;
DELETE DATA { doc:claim-T09 qudt:hasUnit unit:NUM } ;
INSERT DATA { doc:claim-T09 qudt:hasUnit unit:PERCENT } ;
DELETE DATA { doc:claim-T09 schema:unitCode "C62" } ;
INSERT DATA { doc:claim-T09 schema:unitCode "P1" }
