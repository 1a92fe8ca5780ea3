# The words say “500+”, the bound is more-than.

PREFIX bound: <https://w3id.org/parkgraph/id/concept/bound/>
PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX document: <https://w3id.org/parkgraph/document/>
PREFIX indicator: <https://w3id.org/parkgraph/id/concept/indicator/>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX parks: <https://w3id.org/parkgraph/id/park/>
PREFIX qudt: <http://qudt.org/schema/qudt/>
PREFIX schema: <https://schema.org/>
PREFIX standing: <https://w3id.org/parkgraph/id/concept/standing/>
PREFIX unit: <http://qudt.org/vocab/unit/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

INSERT DATA {
    doc:claim-X01 a park:Claim, park:Figure ;
        park:about parks:iasp-6112 ; park:standing standing:self-reported-figure ; park:evidence doc:passage-X01 ;
        park:quote "home to 500+ firms"@en ; park:verbatimValue "500" ;
        park:indicator indicator:resident-organizations ; park:bound bound:more-than ;
        schema:value "500"^^xsd:decimal ; qudt:hasUnit unit:NUM ; schema:unitCode "C62" .
    doc:passage-X01 a oa:SpecificResource ; oa:hasSource document:iasp-6112 ; oa:hasSelector doc:selector-X01 .
    doc:selector-X01 oa:exact "home to 500+ firms" .
}
