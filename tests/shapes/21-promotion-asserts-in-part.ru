# A promotional claim has a part of a triple.
# expects: PG421 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T05>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park-type: <https://w3id.org/parkgraph/id/concept/park-type/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>

INSERT DATA { doc:claim-T05 rdf:object park-type:science-park }
