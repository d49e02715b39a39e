"""How traffic comes in and who sends it: modes, passwords, addresses."""
