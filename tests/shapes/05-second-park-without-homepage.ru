# A second park is described in full, and has no home page.
# expects: PG405 Info <https://w3id.org/parkgraph/id/park/iasp-1>

PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX document: <https://w3id.org/parkgraph/document/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX park-type: <https://w3id.org/parkgraph/id/concept/park-type/>
PREFIX parks: <https://w3id.org/parkgraph/id/park/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX schema: <https://schema.org/>
PREFIX sector: <https://w3id.org/parkgraph/id/concept/sector/>
PREFIX site: <https://w3id.org/parkgraph/id/site/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX standing: <https://w3id.org/parkgraph/id/concept/standing/>

INSERT DATA {
    parks:iasp-1 a park:Park ; skos:prefLabel "Lake Park"@en ;
        org:classification park-type:science-park ; park:technologySector sector:software-engineering ;
        org:hasPrimarySite site:iasp-1 ; schema:address <https://w3id.org/parkgraph/id/site/iasp-1#address> .
    <https://w3id.org/parkgraph/id/site/iasp-1#address> schema:addressCountry "China"@en .
    document:iasp-1 foaf:primaryTopic parks:iasp-1 ; dcterms:hasVersion <https://w3id.org/parkgraph/document/iasp-1/1> .
    <https://w3id.org/parkgraph/document/iasp-1/1> park:hasField <https://w3id.org/parkgraph/document/iasp-1#field-name> .
    <https://w3id.org/parkgraph/document/iasp-1#field-name> park:fieldName "Name" ; park:fieldValue "Lake Park" .
    doc:claim-name a park:Claim ;
        park:about parks:iasp-1 ; park:standing standing:checkable ; park:evidence doc:record-number ;
        rdf:subject parks:iasp-1 ; rdf:predicate skos:prefLabel ; rdf:object "Lake Park"@en .
    doc:claim-type a park:Claim ;
        park:about parks:iasp-1 ; park:standing standing:checkable ; park:evidence doc:record-number ;
        rdf:subject parks:iasp-1 ; rdf:predicate org:classification ; rdf:object park-type:science-park .
    doc:claim-sector a park:Claim ;
        park:about parks:iasp-1 ; park:standing standing:checkable ; park:evidence doc:record-number ;
        rdf:subject parks:iasp-1 ; rdf:predicate park:technologySector ; rdf:object sector:software-engineering .
    doc:claim-address a park:Claim ;
        park:about parks:iasp-1 ; park:standing standing:checkable ; park:evidence doc:record-number ;
        rdf:subject parks:iasp-1 ; rdf:predicate schema:address ; rdf:object <https://w3id.org/parkgraph/id/site/iasp-1#address> .
}
