"""One module a channel: each turns an issue into messages, and sends nothing."""
