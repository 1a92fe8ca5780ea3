# The label of a concept has no language.
# expects: PG427 Warning <https://w3id.org/parkgraph/id/concept/bound/about>

PREFIX bound: <https://w3id.org/parkgraph/id/concept/bound/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

INSERT DATA { bound:about rdfs:label "about" }
