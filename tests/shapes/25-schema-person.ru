# A person is in the graph, in the words of schema.org.
# expects: PG425 Violation <https://w3id.org/parkgraph/id/person/director>

PREFIX schema: <https://schema.org/>

INSERT DATA { <https://w3id.org/parkgraph/id/person/director> a schema:Person }
