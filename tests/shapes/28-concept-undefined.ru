# A claim has a topic that is in no scheme.
# expects: PG428 Warning <https://w3id.org/parkgraph/document/iasp-6112#claim-S03>

PREFIX activity: <https://w3id.org/parkgraph/id/concept/activity/>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>

INSERT DATA { doc:claim-S03 dcterms:subject activity:technology-transfers }
