# The address of the park has no country.
# expects: PG404 Warning <https://w3id.org/parkgraph/id/park/iasp-6112>

PREFIX schema: <https://schema.org/>

DELETE WHERE { <https://w3id.org/parkgraph/id/site/iasp-6112#address> schema:addressCountry ?any }
