# The alignment that links the park says not who judged.
# expects: PG422 Violation <https://w3id.org/parkgraph/id/park/iasp-6112>

PREFIX alignment: <https://w3id.org/parkgraph/id/alignment/>
PREFIX prov: <http://www.w3.org/ns/prov#>

DELETE WHERE { alignment:tuspark-wikidata prov:wasAttributedTo ?any }
