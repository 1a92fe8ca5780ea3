# The own vocabulary is written with http.
# expects: PG428 Warning <https://w3id.org/parkgraph/document/iasp-6112#claim-S03>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX document: <https://w3id.org/parkgraph/document/>

INSERT DATA { doc:claim-S03 <http://w3id.org/parkgraph/def#about> document:iasp-6112 }
