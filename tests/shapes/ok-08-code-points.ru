# Offsets count code points: ㎡ is one, though it takes three bytes.

PREFIX documents: <https://w3id.org/parkgraph/document/iasp-6112/>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX version: <https://w3id.org/parkgraph/document/iasp-6112/8d0d83c6#>

INSERT DATA {
    version:passage-678-688 a oa:SpecificResource ;
        oa:hasSource documents:8d0d83c6 ; oa:hasSelector version:selector-678-688 .
    version:selector-678-688 oa:exact "770,000㎡ a" ; oa:start 678 ; oa:end 688 .
}
