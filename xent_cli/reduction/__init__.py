"""What is summed over rows, and in which blocks. Knows neither files nor formulas."""
