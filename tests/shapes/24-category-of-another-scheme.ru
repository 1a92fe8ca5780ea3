# The category of the membership is a type of park.
# expects: PG424 Violation <https://w3id.org/parkgraph/id/membership/iasp-6112>

PREFIX membership: <https://w3id.org/parkgraph/id/membership/>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX park-type: <https://w3id.org/parkgraph/id/concept/park-type/>

INSERT DATA { membership:iasp-6112 org:role park-type:science-park }
