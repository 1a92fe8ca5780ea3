# Two claims make one triple, and one of them loses it.

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>

DELETE WHERE { doc:claim-T24a rdf:object ?any }
