# Addresses of pages are no terms, whatever they start with.

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

INSERT DATA { doc:claim-S03 rdfs:seeAlso <https://www.w3.org/TR/shacl/> , <https://schema.org/Place> , <https://www.wikidata.org/wiki/Q17028810> , <https://purl.org/> }
