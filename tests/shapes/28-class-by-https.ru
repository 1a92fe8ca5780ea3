# A class of FOAF is written with https.
# expects: PG428 Warning <https://w3id.org/parkgraph/document/iasp-6112#claim-S03>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>

INSERT DATA { doc:claim-S03 a <https://xmlns.com/foaf/0.1/Document> }
