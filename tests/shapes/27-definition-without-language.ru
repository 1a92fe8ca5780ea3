# The definition of a concept has no language.
# expects: PG427 Warning <https://w3id.org/parkgraph/id/concept/bound/about>

PREFIX bound: <https://w3id.org/parkgraph/id/concept/bound/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA { bound:about skos:definition "Near the number." }
