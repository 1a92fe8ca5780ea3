# The field “Type” is empty too.
# expects: PG420 Info <https://w3id.org/parkgraph/document/iasp-6112#field-type>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX field-state: <https://w3id.org/parkgraph/id/concept/field-state/>
PREFIX park: <https://w3id.org/parkgraph/def#>

DELETE DATA { doc:field-type park:fieldState field-state:filled } ;
INSERT DATA { doc:field-type park:fieldState field-state:empty } ;
DELETE WHERE { doc:field-type park:fieldValue ?any }
