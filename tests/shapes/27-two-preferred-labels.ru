# A concept has two preferred labels in English.
# expects: PG427 Warning <https://w3id.org/parkgraph/id/concept/sector/software-engineering>

PREFIX sector: <https://w3id.org/parkgraph/id/concept/sector/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA { sector:software-engineering skos:prefLabel "Programming"@en }
