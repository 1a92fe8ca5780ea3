# The document has no field “Member category” at all.
# expects: PG424 Info <https://w3id.org/parkgraph/id/membership/iasp-6112>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX documents: <https://w3id.org/parkgraph/document/iasp-6112/>
PREFIX park: <https://w3id.org/parkgraph/def#>

DELETE DATA { documents:8d0d83c6 park:hasField doc:field-member-category }
