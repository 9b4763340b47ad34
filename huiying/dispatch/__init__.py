"""Getting a case to the right unit: the queue, suggestions, recusal, rulings."""
