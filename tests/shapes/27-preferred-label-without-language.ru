# The preferred label of a concept has no language.
# expects: PG427 Warning <https://w3id.org/parkgraph/id/concept/activity/technology-transfer>

PREFIX activity: <https://w3id.org/parkgraph/id/concept/activity/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA { activity:technology-transfer skos:prefLabel "technology transfer" }
