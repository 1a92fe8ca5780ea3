# The park has no preferred name.
# expects: PG401 Violation <https://w3id.org/parkgraph/id/park/iasp-6112>

PREFIX parks: <https://w3id.org/parkgraph/id/park/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

DELETE WHERE { parks:iasp-6112 skos:prefLabel ?any }
