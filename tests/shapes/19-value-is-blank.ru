# The value of a field is blanks.
# expects: PG419 Violation <https://w3id.org/parkgraph/document/iasp-6112#field-type>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>

DELETE DATA { doc:field-type park:fieldValue "Science Park" } ;
INSERT DATA { doc:field-type park:fieldValue "  \u00A0" }
