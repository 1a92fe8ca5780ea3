# The park has no technology sector.
# expects: PG404 Warning <https://w3id.org/parkgraph/id/park/iasp-6112>

PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX parks: <https://w3id.org/parkgraph/id/park/>

DELETE WHERE { parks:iasp-6112 park:technologySector ?any }
