# A thing that a claim only mentions takes its label from the words of that claim.

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX organization: <https://w3id.org/parkgraph/id/organization/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA {
    organization:academies a org:Organization ; rdfs:label "academy"@en ; skos:prefLabel "academy"@en .
    doc:claim-T18 schema:mentions organization:academies .
}
