# The text says three strategies, the claims name two and one of them twice.
# expects: PG429 Warning <https://w3id.org/parkgraph/document/iasp-6112#claim-T13-1>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX strategy: <https://w3id.org/parkgraph/id/strategy/>

DELETE DATA { doc:claim-T13-3 rdf:object strategy:iasp-6112-sub-park-development } ;
INSERT DATA { doc:claim-T13-3 rdf:object strategy:iasp-6112-value-added-service-platform }
