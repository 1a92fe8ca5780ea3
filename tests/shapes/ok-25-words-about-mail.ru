# A note that starts with “mailto:” is no address, and an organization is no person.

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX membership: <https://w3id.org/parkgraph/id/membership/>
PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA { doc:claim-S03 skos:note "mailto: links are left out"@en . membership:iasp-6112 schema:mentions <https://example.org/tel:office> }
