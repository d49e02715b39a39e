"""What is spoken on the wire, one module for each protocol and each way a body passes."""
