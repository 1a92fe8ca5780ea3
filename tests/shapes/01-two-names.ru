# The park has two preferred names in English; the second stands in the prose and in no field “Name”.
# expects: PG401 Violation <https://w3id.org/parkgraph/id/park/iasp-6112>
# expects: PG401 Violation <https://w3id.org/parkgraph/id/park/iasp-6112>
# expects: PG427 Warning <https://w3id.org/parkgraph/id/park/iasp-6112>

PREFIX parks: <https://w3id.org/parkgraph/id/park/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA { parks:iasp-6112 skos:prefLabel "TusPark"@en }
