# A telephone number is described.
# expects: PG425 Violation <TEL:+861000000000>

PREFIX prov: <http://www.w3.org/ns/prov#>

INSERT DATA { <TEL:+861000000000> a prov:Entity }
