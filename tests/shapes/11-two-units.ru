# A figure has two units.
# expects: PG411 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T09>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX qudt: <http://qudt.org/schema/qudt/>
PREFIX unit: <http://qudt.org/vocab/unit/>

INSERT DATA { doc:claim-T09 qudt:hasUnit unit:YR }
