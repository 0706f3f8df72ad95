"""What a funder report says and what it must not say: pure."""
