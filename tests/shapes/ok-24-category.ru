# The membership has a category of the scheme.

PREFIX member-category: <https://w3id.org/parkgraph/id/concept/member-category/>
PREFIX membership: <https://w3id.org/parkgraph/id/membership/>
PREFIX org: <http://www.w3.org/ns/org#>

INSERT DATA { membership:iasp-6112 org:role member-category:full-member }
