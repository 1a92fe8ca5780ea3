# A building area has no code of its unit.
# expects: PG413 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T08>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX schema: <https://schema.org/>

DELETE WHERE { doc:claim-T08 schema:unitCode ?any }
