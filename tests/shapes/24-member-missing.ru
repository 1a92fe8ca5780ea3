# The membership says not who the member is.
# expects: PG424 Violation <https://w3id.org/parkgraph/id/membership/iasp-6112>

PREFIX membership: <https://w3id.org/parkgraph/id/membership/>
PREFIX org: <http://www.w3.org/ns/org#>

DELETE WHERE { membership:iasp-6112 org:member ?any }
