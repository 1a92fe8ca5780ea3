# A field is said to be filled, and has no value.
# expects: PG419 Violation <https://w3id.org/parkgraph/document/iasp-6112#field-type>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>

DELETE WHERE { doc:field-type park:fieldValue ?any }
