# The park has no type.
# expects: PG402 Violation <https://w3id.org/parkgraph/id/park/iasp-6112>

PREFIX org: <http://www.w3.org/ns/org#>
PREFIX parks: <https://w3id.org/parkgraph/id/park/>

DELETE WHERE { parks:iasp-6112 org:classification ?any }
