"""What the office knows already: standard texts, and articles that answer what people ask."""
