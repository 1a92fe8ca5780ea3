# The label of a related thing is made a name of ours.
# expects: PG422 Violation <https://w3id.org/parkgraph/id/place/zhongguancun-national-innovation-demonstration-zone>

PREFIX alignment: <https://w3id.org/parkgraph/id/alignment/>
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX place: <https://w3id.org/parkgraph/id/place/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA { alignment:zhongguancun-wikidata park:targetLabel "中关村"@zh . place:zhongguancun-national-innovation-demonstration-zone skos:altLabel "中关村"@zh }
