# What has a preferred label only is looked at too.
# expects: PG427 Warning <https://w3id.org/parkgraph/document/iasp-6112#claim-S03>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA { doc:claim-S03 skos:prefLabel "heading" }
