"""How soon and with how few looks the poller finds out that a task ended, beside a look every 15 seconds."""
