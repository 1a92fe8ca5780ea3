# A reviewed alignment links a place, with the name that the registry gives it.

PREFIX alignment: <https://w3id.org/parkgraph/id/alignment/>
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX place: <https://w3id.org/parkgraph/id/place/>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX wd: <http://www.wikidata.org/entity/>

INSERT DATA {
    place:beijing schema:sameAs wd:Q956 ; skos:altLabel "北京市"@zh .
    alignment:beijing-wikidata a rdf:Statement ; prov:wasAttributedTo <https://w3id.org/parkgraph/dataset#publisher> ;
        rdf:subject place:beijing ; rdf:predicate schema:sameAs ; rdf:object wd:Q956 ; park:targetLabel "北京市"@zh .
}
