"""Test doubles for everyone who writes a plugin: real servers on loopback, a stopped clock."""
