# The field “Website” is filled.
# gone: PG420 Info <https://w3id.org/parkgraph/document/iasp-6112#field-website>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX field-state: <https://w3id.org/parkgraph/id/concept/field-state/>
PREFIX park: <https://w3id.org/parkgraph/def#>

DELETE DATA { doc:field-website park:fieldState field-state:empty } ;
INSERT DATA { doc:field-website park:fieldState field-state:filled } ;
INSERT DATA { doc:field-website park:fieldValue "www.example.org" }
