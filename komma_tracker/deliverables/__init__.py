"""Strategy papers: what a municipality works out with the programme, through its reviews to its decision."""
