# A place has an alternative name that neither a claim nor an alignment gives.
# expects: PG422 Violation <https://w3id.org/parkgraph/id/place/beijing>

PREFIX place: <https://w3id.org/parkgraph/id/place/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA { place:beijing skos:altLabel "Peking"@en }
