# The claim has another object than the triple.
# expects: PG422 Violation <https://w3id.org/parkgraph/id/park/iasp-6112>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX organization: <https://w3id.org/parkgraph/id/organization/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>

DELETE DATA { doc:claim-N01 rdf:object organization:tsinghua-university } ;
INSERT DATA { doc:claim-N01 rdf:object organization:tus-holdings }
