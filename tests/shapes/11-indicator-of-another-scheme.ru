# The indicator of a figure is a sector.
# expects: PG411 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T09>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX indicator: <https://w3id.org/parkgraph/id/concept/indicator/>
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX sector: <https://w3id.org/parkgraph/id/concept/sector/>

DELETE DATA { doc:claim-T09 park:indicator indicator:resident-organizations } ;
INSERT DATA { doc:claim-T09 park:indicator sector:software-engineering }
