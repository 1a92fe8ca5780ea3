# A count is not a whole number.
# expects: PG414 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T09>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX schema: <https://schema.org/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

DELETE DATA { doc:claim-T09 schema:value "1500"^^xsd:decimal } ;
INSERT DATA { doc:claim-T09 schema:value "1500.5"^^xsd:decimal }
