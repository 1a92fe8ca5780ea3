# A field is said to be empty, and has a value.
# expects: PG419 Violation <https://w3id.org/parkgraph/document/iasp-6112#field-website>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>

INSERT DATA { doc:field-website park:fieldValue "www.example.org" }
