# The value as written stops before “hectares”.
# expects: PG413 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-X01>

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
        park:quote "a site of 25 hectares"@en ; park:verbatimValue "25" ;
        park:indicator indicator:land-area ; park:bound bound:as-stated ;
        schema:value "250000"^^xsd:decimal ; qudt:hasUnit unit:M2 ; schema:unitCode "MTK" .
    doc:passage-X01 a oa:SpecificResource ; oa:hasSource document:iasp-6112 ; oa:hasSelector doc:selector-X01 .
    doc:selector-X01 oa:exact "a site of 25 hectares" .
}
