# A property of schema.org is written with http.
# expects: PG428 Warning <https://w3id.org/parkgraph/document/iasp-6112#claim-S03>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX organization: <https://w3id.org/parkgraph/id/organization/>

INSERT DATA { doc:claim-S03 <http://schema.org/mentions> organization:iasp }
