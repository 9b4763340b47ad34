"""`python -m huiying` is the command `huiying`."""

from huiying.cli import main

main()
