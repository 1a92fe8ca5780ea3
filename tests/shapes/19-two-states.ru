# A field is said to be both empty and filled.
# expects: PG419 Violation <https://w3id.org/parkgraph/document/iasp-6112#field-type>
# expects: PG420 Info <https://w3id.org/parkgraph/document/iasp-6112#field-type>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX field-state: <https://w3id.org/parkgraph/id/concept/field-state/>
PREFIX park: <https://w3id.org/parkgraph/def#>

INSERT DATA { doc:field-type park:fieldState field-state:empty }
