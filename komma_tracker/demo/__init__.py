"""Demo data: ten fictional municipalities that show every feature, or any number of them for tests of scale."""
