# The preferred name is the short one of the prose, not the one of the field “Name”.
# expects: PG401 Violation <https://w3id.org/parkgraph/id/park/iasp-6112>

PREFIX parks: <https://w3id.org/parkgraph/id/park/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

DELETE DATA { parks:iasp-6112 skos:prefLabel "Tsinghua University Science Park - TusPark"@en } ;
INSERT DATA { parks:iasp-6112 skos:prefLabel "TusPark"@en }
