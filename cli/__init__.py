"""The command line of cornetkit: one file a command."""
