"""Config: the settings, the addresses and the processes; wires things together and decides nothing."""
