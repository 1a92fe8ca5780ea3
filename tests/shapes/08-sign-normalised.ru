# The words of a passage have “m2” where the text has the one sign “㎡”.
# expects: PG408 Violation <https://w3id.org/parkgraph/document/iasp-6112/8d0d83c6#passage-659-686>
# expects: PG408 Violation <https://w3id.org/parkgraph/document/iasp-6112#claim-T08>

PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX version: <https://w3id.org/parkgraph/document/iasp-6112/8d0d83c6#>

DELETE DATA { version:selector-659-686 oa:exact "a building area of 770,000㎡" } ;
INSERT DATA { version:selector-659-686 oa:exact "a building area of 770,000m2" }
