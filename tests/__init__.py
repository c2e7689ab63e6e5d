"""The suite's own tests: `conformance/cases` judges gateways, these judge us."""
