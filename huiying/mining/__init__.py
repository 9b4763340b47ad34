"""Understanding the text: what a case is, whose it is, who asked before, what is rising, was it answered."""
