# The label of a place is in the words of the document, but of a claim about something else.
# expects: PG422 Violation <https://w3id.org/parkgraph/id/place/china>

PREFIX place: <https://w3id.org/parkgraph/id/place/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

INSERT DATA { place:china rdfs:label "innovative startups"@en }
