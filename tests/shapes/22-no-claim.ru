# A triple about the park that no claim makes.
# expects: PG422 Violation <https://w3id.org/parkgraph/id/park/iasp-6112>

PREFIX organization: <https://w3id.org/parkgraph/id/organization/>
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX parks: <https://w3id.org/parkgraph/id/park/>

INSERT DATA { parks:iasp-6112 park:operator organization:iasp }
