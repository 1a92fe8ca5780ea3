# A person is in the graph.
# expects: PG425 Violation <https://w3id.org/parkgraph/id/person/director>

PREFIX foaf: <http://xmlns.com/foaf/0.1/>

INSERT DATA { <https://w3id.org/parkgraph/id/person/director> a foaf:Person }
