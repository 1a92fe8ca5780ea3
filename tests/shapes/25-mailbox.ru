# The membership has an e-mail address.
# expects: PG425 Violation <https://w3id.org/parkgraph/id/membership/iasp-6112>

PREFIX membership: <https://w3id.org/parkgraph/id/membership/>
PREFIX schema: <https://schema.org/>

INSERT DATA { membership:iasp-6112 schema:email <mailto:someone@example.org> }
