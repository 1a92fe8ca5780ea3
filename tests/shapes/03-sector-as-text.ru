# A technology sector is a text.
# expects: PG403 Violation <https://w3id.org/parkgraph/id/park/iasp-6112>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX parks: <https://w3id.org/parkgraph/id/park/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX sector: <https://w3id.org/parkgraph/id/concept/sector/>

DELETE DATA { parks:iasp-6112 park:technologySector sector:software-engineering } ;
INSERT DATA { parks:iasp-6112 park:technologySector "Software Engineering"@en } ;
DELETE DATA { doc:claim-field-main-technology-sectors-2 rdf:object sector:software-engineering } ;
INSERT DATA { doc:claim-field-main-technology-sectors-2 rdf:object "Software Engineering"@en }
