"""Fine-tuning of an encoder with a tag head."""
