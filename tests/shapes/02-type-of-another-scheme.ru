# The type of the park is a sector.
# expects: PG402 Violation <https://w3id.org/parkgraph/id/park/iasp-6112>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX park-type: <https://w3id.org/parkgraph/id/concept/park-type/>
PREFIX parks: <https://w3id.org/parkgraph/id/park/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX sector: <https://w3id.org/parkgraph/id/concept/sector/>

DELETE DATA { parks:iasp-6112 org:classification park-type:science-park } ;
INSERT DATA { parks:iasp-6112 org:classification sector:software-engineering } ;
DELETE DATA { doc:claim-field-type-1 rdf:object park-type:science-park } ;
INSERT DATA { doc:claim-field-type-1 rdf:object sector:software-engineering }
