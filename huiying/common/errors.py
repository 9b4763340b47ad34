"""Refusals: what the program will not do, said to the person who asked."""


class Refused(Exception):
    """A known refusal. The message is Chinese and says what, where and how to mend it.

    The command line prints it without a traceback and exits with 2; a view shows it on the page.
    """
