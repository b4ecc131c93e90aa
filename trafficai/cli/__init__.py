"""The command line: ``main.py`` and one module per command; nothing heavy is imported before a command needs it."""
