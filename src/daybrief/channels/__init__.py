"""The channels, one module each: each turns an issue into messages, and sends nothing."""
