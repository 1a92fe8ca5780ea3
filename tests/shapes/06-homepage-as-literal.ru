# The home page is a web address, but as a text and not as an IRI.
# expects: PG406 Violation <https://w3id.org/parkgraph/id/park/iasp-6112>
# gone: PG405 Info <https://w3id.org/parkgraph/id/park/iasp-6112>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX parks: <https://w3id.org/parkgraph/id/park/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX standing: <https://w3id.org/parkgraph/id/concept/standing/>

INSERT DATA {
    parks:iasp-6112 foaf:homepage "https://www.example.org/" .
    doc:claim-homepage a park:Claim ;
        park:about parks:iasp-6112 ; park:standing standing:checkable ; park:evidence doc:record-number ;
        rdf:subject parks:iasp-6112 ; rdf:predicate foaf:homepage ; rdf:object "https://www.example.org/" .
}
