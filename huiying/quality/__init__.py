"""After the answer: call-backs, sampling, satisfaction, appeals."""
