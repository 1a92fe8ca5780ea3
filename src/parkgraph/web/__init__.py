"""HTTP: addresses, negotiation, headers and pages over one release; the last, thin layer."""
