# A property of the location vocabulary is written without “www.”.
# expects: PG428 Warning <https://w3id.org/parkgraph/id/membership/iasp-6112>

PREFIX membership: <https://w3id.org/parkgraph/id/membership/>

INSERT DATA { membership:iasp-6112 <http://w3.org/ns/locn#address> <https://w3id.org/parkgraph/id/site/iasp-6112#address> }
