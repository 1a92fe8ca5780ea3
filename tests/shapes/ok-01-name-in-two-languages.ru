# A second document gives the name in Chinese, in a field “Name” of its own.

PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX document: <https://w3id.org/parkgraph/document/>
PREFIX field-state: <https://w3id.org/parkgraph/id/concept/field-state/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX parks: <https://w3id.org/parkgraph/id/park/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX standing: <https://w3id.org/parkgraph/id/concept/standing/>

INSERT DATA {
    parks:iasp-6112 skos:prefLabel "清华科技园"@zh .
    document:zh foaf:primaryTopic parks:iasp-6112 ; dcterms:hasVersion <https://w3id.org/parkgraph/document/zh/1> .
    <https://w3id.org/parkgraph/document/zh/1> park:hasField <https://w3id.org/parkgraph/document/zh#field-name> .
    <https://w3id.org/parkgraph/document/zh#field-name> a park:ProfileField ;
        park:fieldName "Name" ; park:fieldState field-state:filled ; park:fieldValue "清华科技园" .
    <https://w3id.org/parkgraph/document/zh#claim-field-name-1> a park:Claim ;
        park:about parks:iasp-6112 ; park:standing standing:checkable ; park:evidence <https://w3id.org/parkgraph/document/zh#passage> ;
        rdf:subject parks:iasp-6112 ; rdf:predicate skos:prefLabel ; rdf:object "清华科技园"@zh .
    <https://w3id.org/parkgraph/document/zh#passage> oa:hasSource <https://w3id.org/parkgraph/document/zh/1> .
}
