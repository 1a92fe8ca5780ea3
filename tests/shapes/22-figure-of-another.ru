# An organization has a figure that is about the park.
# expects: PG422 Violation <https://w3id.org/parkgraph/id/organization/tus-holdings>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX organization: <https://w3id.org/parkgraph/id/organization/>
PREFIX park: <https://w3id.org/parkgraph/def#>

INSERT DATA { organization:tus-holdings park:hasFigure doc:claim-T09 }
