# The label of a place is not in the words that speak of it.
# expects: PG422 Violation <https://w3id.org/parkgraph/id/place/zhongguancun-national-innovation-demonstration-zone>

PREFIX place: <https://w3id.org/parkgraph/id/place/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

DELETE DATA { place:zhongguancun-national-innovation-demonstration-zone rdfs:label "Zhongguancun National Innovation Demonstration Zone"@en } ;
INSERT DATA { place:zhongguancun-national-innovation-demonstration-zone rdfs:label "Z-Park"@en }
