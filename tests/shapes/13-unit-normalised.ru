# The value as written has “m2” where the quote has the one sign “㎡”.
# expects: PG413 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T08>

PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>

DELETE DATA { doc:claim-T08 park:verbatimValue "770,000㎡" } ;
INSERT DATA { doc:claim-T08 park:verbatimValue "770,000m2" }
