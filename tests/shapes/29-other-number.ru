# The text is read as if it said four.
# expects: PG429 Warning <https://w3id.org/parkgraph/document/iasp-6112#claim-T13-1>

PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX version: <https://w3id.org/parkgraph/document/iasp-6112/8d0d83c6#>

DELETE { ?claim park:statedCount 3 } INSERT { ?claim park:statedCount 4 }
WHERE { ?claim park:statedCount 3 ; park:evidence version:passage-979-1024 }
