# A claim asserts something with a property that the vocabulary does not define.
# expects: PG428 Warning <https://w3id.org/parkgraph/document/iasp-6112#claim-S01>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>

INSERT DATA { doc:claim-S01 rdf:predicate park:title }
