# What is no count need not be a whole number: 20.5 years.

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX schema: <https://schema.org/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

DELETE DATA { doc:claim-T04 schema:value "20"^^xsd:decimal } ;
INSERT DATA { doc:claim-T04 schema:value "20.5"^^xsd:decimal }
