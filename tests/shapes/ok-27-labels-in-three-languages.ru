# A concept has one preferred label in each of three languages, and two alternative ones in one.

PREFIX sector: <https://w3id.org/parkgraph/id/concept/sector/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA { sector:software-engineering skos:prefLabel "Softwaretechnik"@de ; skos:altLabel "Programming"@en , "Coding"@en }
