# A figure has no number, indicator, bound, unit or value as written.
# expects: PG411 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T09>
# expects: PG411 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T09>
# expects: PG411 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T09>
# expects: PG411 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T09>
# expects: PG411 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T09>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX qudt: <http://qudt.org/schema/qudt/>
PREFIX schema: <https://schema.org/>

DELETE WHERE { doc:claim-T09 schema:value ?any } ;
DELETE WHERE { doc:claim-T09 park:indicator ?any } ;
DELETE WHERE { doc:claim-T09 park:bound ?any } ;
DELETE WHERE { doc:claim-T09 qudt:hasUnit ?any } ;
DELETE WHERE { doc:claim-T09 park:verbatimValue ?any }
