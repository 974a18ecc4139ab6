"""What things cost: bands, price bases and token prices. Plain arithmetic, no torch."""
