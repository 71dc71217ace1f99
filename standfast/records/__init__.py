"""The record store: closed incidents and how they were resolved, and the ledger of deliveries."""
