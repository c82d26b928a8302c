"""What the original system exported, taken over: `python -m data_ingest.original DUMP`."""
