# Another document gives the park another name: a claim makes it, the view keeps it as an alternative.

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX parks: <https://w3id.org/parkgraph/id/park/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX standing: <https://w3id.org/parkgraph/id/concept/standing/>

INSERT DATA {
    parks:iasp-6112 skos:altLabel "Tuspark Beijing"@en .
    doc:claim-name2 a park:Claim ;
        park:about parks:iasp-6112 ; park:standing standing:checkable ; park:evidence doc:record-number ;
        rdf:subject parks:iasp-6112 ; rdf:predicate skos:prefLabel ; rdf:object "Tuspark Beijing"@en .
}
