# A promotional claim asserts a triple.
# expects: PG421 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T01>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX organization: <https://w3id.org/parkgraph/id/organization/>
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX parks: <https://w3id.org/parkgraph/id/park/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>

INSERT DATA { doc:claim-T01 rdf:subject parks:iasp-6112 ; rdf:predicate park:affiliatedUniversity ; rdf:object organization:tsinghua-university }
