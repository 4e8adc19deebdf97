"""What each part of a search is worth, mostly computed from the ledger of one finished search."""
