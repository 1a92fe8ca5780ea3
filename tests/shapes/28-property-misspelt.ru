# A property of the vocabulary is misspelt.
# expects: PG428 Warning <https://w3id.org/parkgraph/document/iasp-6112#claim-S03>

PREFIX claim-kind: <https://w3id.org/parkgraph/id/concept/claim-kind/>
PREFIX doc: <https://w3id.org/parkgraph/document/iasp-6112#>
PREFIX park: <https://w3id.org/parkgraph/def#>

INSERT DATA { doc:claim-S03 park:claimkind claim-kind:heading }
